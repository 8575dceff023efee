/** Contacts: momentum, rebound and energy through a collision, and bodies that are not in one another. */
import { CLIP } from "../../world/types.ts";
import { percent, result, silent } from "../fluid/input.ts";
import { SOLID_TOLERANCES as TOLERANCE } from "../tolerances.ts";
import type { RuleResult } from "../types.ts";
import { type Collision, collisionsOf, energy, parting, type Side } from "./collisions.ts";
import type { SolidInput } from "./input.ts";

const { frames: T } = CLIP;

export function contactRules(input: SolidInput): RuleResult[] {
  const collisions = input.setting === "liquid" ? [] : collisionsOf(input);
  return [
    momentum(collisions),
    turning(collisions),
    restitution(collisions, input.laws.restitution),
    energyGain(collisions),
    interpenetration(input),
  ];
}

/** The worst of a measure over the collisions, at the frame after each. */
function worstOf(collisions: readonly Collision[], measure: (collision: Collision) => number | null) {
  const overTime = silent();
  let worst = 0;
  for (const [i, collision] of collisions.entries()) {
    const error = measure(collision);
    if (error === null) continue;
    const at = Math.min(T - 1, collision.to);
    overTime[at] = Math.max(overTime[at] ?? 0, error);
    if (error >= (measure(collisions[worst]) ?? 0)) worst = i;
  }
  return { overTime, worst: collisions[worst] };
}

function momentum(collisions: readonly Collision[]): RuleResult {
  const total = ({ a, b }: Collision, when: "before" | "after") => {
    const sum = (axis: "vx" | "vy") => a.mass * a[when][axis] + (b ? b.mass * b[when][axis] : 0);
    return [sum("vx"), sum("vy")] as const;
  };
  const measure = (collision: Collision) => {
    if (!collision.b) return null;
    const [before, after] = [total(collision, "before"), total(collision, "after")];
    const share = ({ mass, before: v }: Side) => mass * Math.hypot(v.vx, v.vy);
    return Math.hypot(after[0] - before[0], after[1] - before[1]) / (share(collision.a) + share(collision.b));
  };
  const { overTime, worst } = worstOf(collisions, measure);
  const size = (when: "before" | "after") => (worst?.b ? Math.hypot(...total(worst, when)).toFixed(0) : "–");
  return result({
    rule: "momentum",
    tolerance: TOLERANCE.momentum,
    overTime,
    says: (error) =>
      `Momentum goes from ${size("before")} to ${size("after")} px³/frame in the collision, ${percent(error)} of what comes in; ${percent(TOLERANCE.momentum)} is allowed.`,
  });
}

/**
 * Angular momentum about the point of contact, where no force between the two has a lever: as a share of what the speed at which they
 * meet could give at the reach of the larger; where they meet again, more slowly, as of the first time. A ball's own turning is not seen, and without friction nothing changes it.
 */
function turning(collisions: readonly Collision[]): RuleResult {
  const speed = Math.max(
    0,
    ...collisions.map(({ a, b }) => (b ? Math.hypot(a.before.vx - b.before.vx, a.before.vy - b.before.vy) : 0)),
  );
  const measure = ({ a, b, at }: Collision) => {
    if (!b || (a.pose.shape === "ball" && b.pose.shape === "ball")) return null;
    const about = (side: Side, when: "before" | "after") => {
      const { mass, moment, pose } = side;
      // Along a straight path it is the same wherever the body is, so the contact may take as long as it likes.
      const { x, y, vx, vy, spin } = side[when];
      return mass * ((x - at[0]) * vy - (y - at[1]) * vx) + (pose.shape === "box" ? moment * spin : 0);
    };
    const total = (when: "before" | "after") => about(a, when) + about(b, when);
    const reach = Math.max(Math.hypot(...a.pose.half), Math.hypot(...b.pose.half));
    return Math.abs(total("after") - total("before")) / (((a.mass * b.mass) / (a.mass + b.mass)) * speed * reach);
  };
  const { overTime } = worstOf(collisions, measure);
  return result({
    rule: "turning",
    tolerance: TOLERANCE.turning,
    overTime,
    says: (error) =>
      `Angular momentum changes by ${percent(error)} of what the collision could turn; ${percent(TOLERANCE.turning)} is allowed.`,
  });
}

/** px/frame. Slower contacts are rest or grazing, where a ratio of speeds says nothing. */
const LEAST_CLOSING = 0.8;
/** Frames of contact that a rebound takes at most. */
const LONGEST = 2;

/** Whether a body's velocity changes at all: a box that turns close by a ball looks as if they touched. */
const meets = ({ a, b }: Collision, closing: number): boolean =>
  [a, b].some(
    (side) => side && Math.hypot(side.after.vx - side.before.vx, side.after.vy - side.before.vy) > 0.15 * closing,
  );

/** How much livelier than the world's a rebound may be: in the usual world one up to elastic, which gives away nothing, breaks no law. */
const LIVELIER = 0.2;

/** The world's rebound, or a livelier one: only slower than the one, or faster than the other, breaks a law. */
function restitution(collisions: readonly Collision[], law: number): RuleResult {
  const most = Math.min(1, law + LIVELIER);
  const ratio = (collision: Collision) => {
    const closing = -parting(collision, "before");
    // In a longer contact bodies push each other along, and there is no one rebound.
    const short = collision.to - collision.from <= LONGEST;
    return closing >= LEAST_CLOSING && short && meets(collision, closing)
      ? parting(collision, "after") / closing
      : null;
  };
  const measure = (collision: Collision) => {
    const found = ratio(collision);
    return found === null ? null : Math.max(0, law - found, found - most);
  };
  const { overTime, worst } = worstOf(collisions, measure);
  return result({
    rule: "restitution",
    tolerance: TOLERANCE.restitution,
    overTime,
    says: (error) =>
      `After the contact they part at ${((worst && ratio(worst)) ?? NaN).toFixed(2)} of the closing speed, the law says ${law} to ${Number(most.toFixed(2))}: ${error.toFixed(2)} off, ${TOLERANCE.restitution} is allowed.`,
  });
}

function energyGain(collisions: readonly Collision[]): RuleResult {
  const { overTime } = worstOf(collisions, (collision) =>
    Math.max(0, energy(collision, "after") / energy(collision, "before") - 1),
  );
  return result({
    rule: "energy",
    tolerance: TOLERANCE.energy,
    overTime,
    says: (error) =>
      `Energy of motion grows by ${percent(error)} in a contact; nothing gives any, ${percent(TOLERANCE.energy)} is allowed.`,
  });
}

function interpenetration({ pairs, tracks }: SolidInput): RuleResult {
  const overTime = silent();
  for (const { a, b, gaps } of pairs) {
    const radius = Math.min(tracks[a].radius, b < 0 ? Number.POSITIVE_INFINITY : tracks[b].radius);
    for (const [t, gap] of gaps.entries()) {
      if (!Number.isNaN(gap)) overTime[t] = Math.max(overTime[t] ?? 0, -gap / radius);
    }
  }
  return result({
    rule: "interpenetration",
    tolerance: TOLERANCE.interpenetration,
    overTime,
    says: (error) =>
      `One body is ${error.toFixed(2)} radii deep in another or in the floor; ${TOLERANCE.interpenetration} is allowed.`,
  });
}
