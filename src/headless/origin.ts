import type { Origin } from "../formats/provenance.ts";
import { modelOrigin } from "../state/provenance.ts";
import { DEFAULTS, MAX_QUERIES, MAX_ROW_TAUS, printSettings, type Settings, TAU_RANGE } from "../state/settings.ts";
import { windowSettings } from "../state/train/data.ts";
import { settingsOf } from "../state/train/recipe.ts";
import { type ClipInfo, type Encoded, hashedPart, type Recipe } from "../worker/protocol.ts";

/** What is shown of a clip. */
type Shown = Partial<Settings> & Pick<Settings, "queries">;

/** What a figure shows beside its clip: the settings of the page that shows the same. */
export function figureShown({
  queries,
  taus,
  rho,
  scale,
}: Pick<Settings, "queries" | "rho" | "scale"> & { readonly taus: readonly number[] }): Shown {
  const shown = taus.filter((tau) => tau >= TAU_RANGE.low && tau <= TAU_RANGE.high).slice(0, MAX_ROW_TAUS);
  // The page's last row is the slider's.
  return { queries, rho, scale, rowTaus: shown, tau: shown.at(-1) ?? DEFAULTS.tau };
}

/** What a run is of beside its clip, as the page has it. */
export const runShown = ({ queries }: Pick<Settings, "queries">, recipe: Recipe): Shown => ({
  ...settingsOf(recipe),
  view: "train",
  learns: "projector",
  queries,
});

/** Where numbers of the shell come from. The link is the part behind the page's address: the page asks for the same file. */
export function shellOrigin(
  { name, contentHash, bytes, width, height, durationS, framesPerSecond }: ClipInfo,
  { encoder, token, window }: Pick<Encoded, "encoder" | "token" | "window">,
  settings: Shown,
  part: "encoder" | "teacher" = "encoder",
): Origin {
  const shown: Settings = {
    ...DEFAULTS,
    ...settings,
    clip: `file:${contentHash.slice(0, 16)}`,
    fileName: name,
    ...{ encoder, token, frames: window.frames, ...windowSettings(window, durationS) },
    queries: settings.queries.slice(0, MAX_QUERIES),
  };
  return {
    clip: { name, contentHash, hashed: hashedPart(bytes), size: { width, height }, durationS, framesPerSecond },
    window,
    models: { [part]: modelOrigin(encoder) },
    link: `#${printSettings(shown)}`,
  };
}
