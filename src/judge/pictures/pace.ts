/** Time runs evenly: what moves stops, or sets out, only as fast as forces can, and no picture is shown twice or left out. */
import { traitsOf } from "../../world/language/patterns.ts";
import { kindOf, percent, result, silent } from "../fluid/input.ts";
import { PICTURE_TOLERANCES as TOLERANCE } from "../tolerances.ts";
import type { RuleResult } from "../types.ts";
import type { PictureInput } from "./input.ts";

/** px² that must change from one picture to the next before the change before or after it can be called less. */
const LEAST = 10;

/**
 * Everything in the picture at once: by how much less it changes in a frame than in the frame before or after. A contact takes three
 * quarters at most, since what is struck moves on; a picture that is shown twice takes all. A body that has left the frame changes
 * no picture either, and may.
 */
export function paceRule({ attributes, change }: PictureInput): RuleResult {
  const overTime = silent();
  const moved = change.steps;
  // What is poured is not there at first: then a clip may begin with nothing.
  const from = traitsOf(attributes).poured ? moved.findIndex((step) => step >= LEAST) : 0;
  for (let t = Math.max(0, from); t < moved.length; t++) {
    const before = (moved[t - 1] ?? 0) - (change.crossings[t - 1]?.leaves ?? 0);
    const after = (moved[t + 1] ?? 0) - (change.crossings[t + 1]?.enters ?? 0);
    const most = Math.max(before, after);
    if (most >= LEAST) overTime[t + 1] = Math.max(0, 1 - moved[t] / most);
  }
  return result({
    rule: "pace",
    tolerance: TOLERANCE.pace,
    overTime,
    says: (error) =>
      `From one picture to the next ${percent(error)} less changes than just before or after; forces can stop ${percent(TOLERANCE.pace)} at once.`,
  });
}

/** Standard deviations of the clip's own noise that may have made a change larger. */
const DOUBTS = 2;

/** … and by how many times as much it changes than in both the frame before and the frame after. */
export function skipRule({ attributes, change }: PictureInput): RuleResult {
  const overTime = silent();
  const moved = change.steps;
  for (let t = 1; t + 1 < moved.length; t++) {
    const most = Math.max(moved[t - 1], moved[t + 1]);
    if (most >= LEAST) overTime[t + 1] = Math.max(0, moved[t] - DOUBTS * change.stepDoubts[t]) / most;
  }
  const traits = traitsOf(attributes);
  const dry = traits.setting === "table" || traits.setting === "air" ? traits.setting : null;
  const tolerance = TOLERANCE.skip[dry ?? kindOf(traits)];
  return result({
    rule: "skip",
    tolerance,
    overTime,
    says: (error) =>
      `From one picture to the next ${error.toFixed(1)} times as much changes as just before and after; up to ${tolerance} times is allowed.`,
  });
}
