import { isSafetensors } from "../formats/file_kinds.ts";
import { openClip } from "../video/clip.ts";
import { motionOf, parseTruth } from "../video/truth.ts";
import { openInnerFrames } from "./brought/features.ts";
import { checkSurvey, checkThumbnails } from "./checks.ts";
import { fetchBlob, fetchJson } from "./fetching.ts";
import type {
  ClipInfo,
  ClipSource,
  OpenRequest,
  Survey,
  SurveyRequest,
  Thumbnails,
  ThumbnailsRequest,
} from "./protocol.ts";
import { openClipFile, openSandbox } from "./sandbox/sandbox.ts";
import { forgetCompared, type OpenedClip, openedClip, type Running, type Workspace } from "./workspace.ts";

/** Opens a clip and closes the one before it, which stays where the new one cannot be opened. */
export async function open(space: Workspace, { source }: OpenRequest, { signal }: Running): Promise<ClipInfo> {
  space.emit({ type: "progress", stage: "opening", done: 0, total: 1, unit: "none" });
  const opened = await openSource(space, source, signal);
  if (signal.aborted) {
    opened.clip.close();
    throw signal.reason;
  }
  space.opened?.clip.close();
  space.opened = opened;
  space.truth = null;
  space.encoded = null;
  forgetCompared(space);
  return opened.clip.info;
}

async function openSource(space: Workspace, source: ClipSource, signal: AbortSignal): Promise<OpenedClip> {
  switch (source.kind) {
    case "sandbox":
      return openSandbox(space.sandbox, source.prompt, source.seed);
    case "file": {
      const { file } = source;
      if (isSafetensors(file)) return (await openInnerFrames(space, file)) ?? openClipFile(space.sandbox, file);
      return { clip: await openClip(file, file.name), truth: null, prompt: "" };
    }
    case "builtin": {
      const { url, name, truthUrl } = source;
      const [blob, truth] = await Promise.all([
        fetchBlob(url, name, signal),
        truthUrl === null ? null : fetchJson(truthUrl, `the truth of ${name}`, signal).then(parseTruth),
      ]);
      return { clip: await openClip(blob, name), truth: truth && motionOf(truth), prompt: "" };
    }
    default:
      return source satisfies never;
  }
}

export async function thumbnails(space: Workspace, request: ThumbnailsRequest): Promise<Thumbnails> {
  checkThumbnails(request);
  return openedClip(space).clip.thumbnails(request.count, request.height, request.part);
}

export async function survey(space: Workspace, { fromS, start }: SurveyRequest, { signal }: Running): Promise<Survey> {
  checkSurvey(fromS);
  return openedClip(space).clip.survey(fromS, start, signal);
}
