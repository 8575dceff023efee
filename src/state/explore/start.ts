/** What of a clip that the user gives is looked at first: about two seconds of one shot, where something moves by itself. */
import type { ClipInfo, Returns, Survey, TokenRef } from "../../worker/protocol.ts";
import { gridOf } from "../sampling.ts";
import type { ChosenWindow } from "../session.ts";
import type { Settings } from "../settings.ts";

/** null where too little was seen to choose. */
export function chooseWindow(settings: Settings, clip: ClipInfo, survey: Survey): ChosenWindow | null {
  const { start, cutsS, toS } = survey;
  if (!start) return null;
  const whole = start.startS === 0 && start.lengthS >= clip.durationS - 1e-3;
  // Queries are in the chosen window's first frame.
  const [, H, W] = gridOf(settings, clip);
  const inside = (at: number, size: number) => Math.min(Math.floor(at * size), size - 1);
  const shot = cutsS.filter((cutS) => cutS <= start.startS + 1e-3).length + 1;
  return {
    startS: Number(start.startS.toFixed(3)),
    lengthS: whole ? 0 : evenLength(start.lengthS, settings.frames, clip.framesPerSecond),
    candidates: start.queries.map(([x, y]) => [0, inside(y, H), inside(x, W)]),
    shot,
    shots: cutsS.length + 1,
    moves: start.moves,
    surveyedToS: toS < clip.durationS - 1e-3 ? toS : null,
  };
}

/** Of tokens the one whose matches lead back to it, within a token, in most frames; the first of several. */
export function mostFound({ queries, positions }: Returns, W: number): TokenRef {
  const F = positions.length / queries.length;
  const found = queries.map(([, row, col], q) => {
    const away = (back: number) => Math.max(Math.abs(Math.floor(back / W) - row), Math.abs((back % W) - col));
    return positions.subarray(q * F, (q + 1) * F).filter((back) => away(back) <= 1).length;
  });
  return queries[found.indexOf(Math.max(...found))];
}

/** As many whole steps as fit, so that the frames come at equal distances. */
function evenLength(lengthS: number, frames: number, framesPerSecond: number): number {
  const stride = Math.floor((lengthS * framesPerSecond) / frames + 1e-6);
  return Number((stride === 0 ? lengthS : (stride * frames) / framesPerSecond).toFixed(3));
}
