import type { Origin } from "../formats/provenance.ts";
import { modelOrigin } from "../state/provenance.ts";
import { DEFAULTS, printSettings, type Settings } from "../state/settings.ts";
import { type ClipInfo, type Encoded, hashedPart } from "../worker/protocol.ts";

/** Where numbers of the shell come from. The link is the part behind the page's address: the page asks for the same file. */
export function shellOrigin(
  { name, contentHash, bytes, width, height, durationS, framesPerSecond }: ClipInfo,
  { encoder, token, window: { startS, lengthS, frames, stride } }: Pick<Encoded, "encoder" | "token" | "window">,
  { queries }: { readonly queries: Settings["queries"] },
  part: "encoder" | "teacher" = "encoder",
): Origin {
  const shown: Settings = {
    ...DEFAULTS,
    clip: `file:${contentHash.slice(0, 16)}`,
    fileName: name,
    ...{ encoder, token, frames, startS, lengthS, stride: stride ?? 0 },
    queries: queries.slice(0, 7),
  };
  return {
    clip: { name, contentHash, hashed: hashedPart(bytes), size: { width, height }, durationS, framesPerSecond },
    window: { startS, lengthS, frames, stride },
    models: { [part]: modelOrigin(encoder) },
    link: `#${printSettings(shown)}`,
  };
}
