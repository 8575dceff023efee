/**
 * A picture shows one moment. What moves is at one place and then at the next: half way it is whole between them, and no mixture of both.
 * So along time the pictures bend, by more the further things go. In a mixture of moments (a cross-fade, a mean of several frames, a
 * ghost) they bend too little, or the mixed pictures are softer than those beside them.
 */
import { traitsOf } from "../../world/language/patterns.ts";
import { percent, result, silent } from "../fluid/input.ts";
import { PICTURE_TOLERANCES as TOLERANCE } from "../tolerances.ts";
import type { RuleResult } from "../types.ts";
import type { Bend } from "./change.ts";
import type { PictureInput } from "./input.ts";

/** Fewer moving pixels, or less change (px², of three frames), say nothing. */
const LEAST_PIXELS = 30;
const LEAST_CHANGE = 12;
/** Frames in a row that are mixtures, for those in between to lie on a straight line. */
const WINDOW = 3;

/** Standard deviations of the clip's own noise that may have made pictures bend less: more than chance, since noise also hides edges that hardly move. */
const DOUBTS = 4;

/** Of pictures that hardly bend it says nothing by how many times more evenly they pass. */
const MOST = 99;

/** Sums of several frames. */
const sum = (bends: readonly Bend[], of: (bend: Bend) => number): number =>
  bends.reduce((total, bend) => total + of(bend), 0);

/** Squared px by which edges move in the time between the outer frames, halved: how far there is to bend. */
const way = (bends: readonly Bend[]): number =>
  sum(bends, ({ change }) => change) / (4 * sum(bends, (b) => b.edges[1]));

/** How much bending there may be, for all that the noise hides, as a share of the change. */
const bendingShare = (bends: readonly Bend[]): number =>
  (sum(bends, ({ bend }) => bend) + DOUBTS * Math.hypot(...bends.map(({ doubts }) => doubts.bend))) /
  sum(bends, ({ change }) => change);

/** … as a share of what this way asks for: 1 where edges are as sharp as pixels can show. */
function bending(bends: readonly Bend[]): number {
  const far = way(bends);
  return bendingShare(bends) * ((1 + far) / far);
}

export function momentRule({ attributes, change }: PictureInput): RuleResult {
  const overTime = silent();
  const { layered, poured, setting } = traitsOf(attributes);
  const kind = layered ? "layered" : (poured ?? (setting === null ? "liquids" : "solids"));
  const least = TOLERANCE.bending[kind];
  const seen = ({ pixels, change: changed, edges }: Bend) => pixels >= LEAST_PIXELS && changed > 0 && edges[1] > 0;
  // Pictures that bend by less than none, for all that the noise may hide, are as even as can be.
  const note = (t: number, error: number) => {
    overTime[t] = Math.max(overTime[t] ?? 0, error < 0 ? MOST : Math.min(MOST, error));
  };
  for (const [k, limit] of least.entries()) {
    const bends = change.bends[k].filter(seen);
    if (sum(bends, (b) => b.change) < LEAST_CHANGE * change.contrast) continue;
    note(overTime.length - 1, limit / bending(bends));
  }
  const [single] = change.bends;
  for (let t = 0; t + WINDOW <= single.length; t++) {
    const near = single.slice(t, t + WINDOW);
    if (!near.every(seen) || sum(near, (b) => b.change) < LEAST_CHANGE * change.contrast) continue;
    const far = Math.min(1, way(near));
    note(t + 2, (TOLERANCE.straight[layered ? "layered" : "other"] * far) / bendingShare(near));
  }
  return result({
    rule: "moment",
    tolerance: TOLERANCE.moment,
    overTime,
    says: (error) =>
      `What moves passes from picture to picture as a mixture of moments does, ${error < MOST ? error.toFixed(1) : `at least ${MOST}`} times as evenly as softness explains; ${TOLERANCE.moment} is allowed.`,
  });
}

/** Edges of what moves are as sharp in one picture as in those beside it: how much they differ, one frame and two frames apart. */
export function sharpnessRule({ change }: PictureInput): RuleResult {
  const overTime = silent();
  const last = overTime.length - 1;
  for (const bends of change.bends) {
    const seen = bends.filter(({ pixels }) => pixels >= LEAST_PIXELS);
    const all = sum(seen, ({ whole }) => whole[1]);
    const apart = sum(seen, ({ whole: [before, now, after], doubts }) =>
      Math.max(0, Math.abs(now - (before + after) / 2) - doubts.edges),
    );
    if (all > LEAST_CHANGE * change.contrast) overTime[last] = Math.max(overTime[last] ?? 0, apart / all);
  }
  return result({
    rule: "sharpness",
    tolerance: TOLERANCE.sharpness,
    overTime,
    says: (error) =>
      `Edges of what moves are by ${percent(error)} sharper or softer than in the pictures beside; ${percent(TOLERANCE.sharpness)} is allowed.`,
  });
}
