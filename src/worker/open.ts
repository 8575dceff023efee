import { openClip } from "../video/clip.ts";
import { motionOf, parseTruth } from "../video/truth.ts";
import { checkThumbnails } from "./checks.ts";
import { fetchBlob, fetchJson } from "./fetching.ts";
import type { ClipInfo, OpenRequest, Thumbnails, ThumbnailsRequest } from "./protocol.ts";
import { forgetCompared, openedClip, type Running, type Workspace } from "./workspace.ts";

/** Opens a clip and closes the one before it, which stays where the new one cannot be opened. */
export async function open(space: Workspace, { source }: OpenRequest, { signal }: Running): Promise<ClipInfo> {
  space.emit({ type: "progress", stage: "opening", done: 0, total: 1, unit: "none" });
  const [blob, truth] =
    source.kind === "file"
      ? [source.file, null]
      : await Promise.all([
          fetchBlob(source.url, source.name, signal),
          source.truthUrl === null
            ? null
            : fetchJson(source.truthUrl, `the truth of ${source.name}`, signal).then((json) =>
                motionOf(parseTruth(json)),
              ),
        ]);
  const clip = await openClip(blob, source.kind === "file" ? source.file.name : source.name);
  if (signal.aborted) {
    clip.close();
    throw signal.reason;
  }
  space.opened?.clip.close();
  space.opened = { clip, truth };
  space.encoded = null;
  forgetCompared(space);
  return clip.info;
}

export async function thumbnails(space: Workspace, request: ThumbnailsRequest): Promise<Thumbnails> {
  checkThumbnails(request);
  return openedClip(space).clip.thumbnails(request.count, request.height);
}
