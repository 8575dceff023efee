/** Clips that break a law of solids on purpose, for the judge's own examination. */
import { templatesWith, traitsOf } from "../../world/language/patterns.ts";
import { COLOURS } from "../../world/render/palette.ts";
import type { Rapier } from "../../world/rigid.ts";
import { isWhole } from "../../world/templates/template.ts";
import type { WorldClip } from "../../world/types.ts";
import type { Corruption } from "./corruption.ts";
import {
  energyGain,
  interpenetration,
  momentumBroken,
  noContact,
  noTurn,
  passThrough,
} from "./solid_contact_corruptions.ts";
import { away, contactFrame, draw, moved, type Pose, rerun, SIZE, shifted, T, wholeFrames } from "./solid_edits.ts";

const ALL = templatesWith(({ traits }) => traits.setting !== null);
const DRY = templatesWith(({ traits }) => traits.setting === "table" || traits.setting === "air");
const HITS = templatesWith(({ traits }) => traits.event === "hit");
const AIR = templatesWith(({ traits }) => traits.setting === "air");
/** A ball shows no turning. */
const BOXES_HIT = templatesWith(({ words, traits }) => traits.event === "hit" && words.includes("box"));
/** Bodies that rebound from each other or from the floor. */
const REBOUNDS = templatesWith(({ traits }) => traits.event === "hit" || traits.event === "bounce");

export const SOLID_CORRUPTIONS: readonly Corruption[] = [
  {
    name: "vanish",
    title: "Body vanishes",
    says: "For three frames one of the solids is not there.",
    templates: ALL,
    make: vanish,
  },
  {
    name: "duplicate",
    title: "Body doubles",
    says: "From one frame on, a second body like the first moves beside it.",
    templates: ALL,
    make: duplicate,
  },
  {
    name: "teleport",
    title: "Body jumps",
    says: "From one frame on, a solid is two radii to one side of where it should be.",
    templates: ALL,
    make: teleport,
  },
  {
    name: "colour-drift",
    title: "Colour drifts",
    says: "A solid's colour slides half the way to another colour until the end.",
    templates: ALL,
    make: colourDrift,
  },
  {
    name: "size-drift",
    title: "Size drifts",
    says: "A solid grows evenly, to one and a half times its area at the end.",
    templates: ALL,
    make: sizeDrift,
  },
  {
    name: "gravity-1.5",
    title: "Heavier gravity",
    says: "The scene runs under one and a half times its gravity.",
    templates: AIR,
    make: (clip, rapier) => underGravity(clip, rapier, 1.5),
  },
  {
    name: "gravity-reversed",
    title: "Gravity reversed",
    says: "The scene runs under gravity that points upwards.",
    templates: AIR,
    make: (clip, rapier) => underGravity(clip, rapier, -1),
  },
  {
    name: "sideways-force",
    title: "Sideways force",
    says: "A force that nothing exerts bends a free body's path to one side.",
    templates: DRY,
    make: sidewaysForce,
  },
  {
    name: "pass-through",
    title: "Passes through",
    says: "Bodies go through each other, or through the floor, as if nothing were there.",
    templates: DRY,
    make: passThrough,
  },
  {
    name: "interpenetration",
    title: "Sinks in",
    says: "Bodies sink deep into each other, or into the floor, before they rebound.",
    templates: DRY,
    make: interpenetration,
  },
  {
    name: "energy-gain-20",
    title: "Energy from nothing",
    says: "A contact gives back a fifth more energy of motion than comes in.",
    templates: REBOUNDS,
    make: energyGain,
  },
  {
    name: "momentum-broken",
    title: "Momentum from nothing",
    says: "The struck body leaves with two fifths more of the momentum that came in than it was given.",
    templates: HITS,
    make: momentumBroken,
  },
  {
    name: "no-turn",
    title: "Does not turn",
    says: "The struck box is pushed off but turns no more than before.",
    templates: BOXES_HIT,
    make: noTurn,
  },
  {
    name: "no-contact",
    title: "Struck from afar",
    says: "Bodies turn round a few pixels before they touch.",
    templates: REBOUNDS,
    make: noContact,
  },
];

/** The solid that a seed picks, and the frames in which it is whole. */
function chosen(clip: WorldClip): { readonly k: number; readonly whole: readonly number[] } {
  const k = clip.seed % clip.scene.solids.length;
  return { k, whole: wholeFrames(clip, k) };
}

/** Frames in a row for which it is gone. */
const GONE = 3;

function vanish(clip: WorldClip): Uint8Array | null {
  const { k, whole } = chosen(clip);
  // Well inside on both sides of the gap, so that it cannot have left and come back.
  const from = whole.find((t) => t >= 3 && inside(clip, k, t - 1) && inside(clip, k, t + GONE));
  if (from === undefined) return null;
  return draw(
    clip.scene,
    moved(clip.snapshots, (pose, solid, t) => (solid === k && t >= from && t < from + GONE ? away(pose) : pose)),
  );
}

/** Whether solid k is further from the frame's border than it goes in two frames. */
function inside({ scene, snapshots }: WorldClip, k: number, t: number): boolean {
  const pose = snapshots[t]?.solids[k];
  if (!pose) return false;
  const reach = Math.hypot(...scene.solids[k].half) + 2;
  const [x, y] = [reach + 2 * Math.abs(pose.vx), reach + 2 * Math.abs(pose.vy)];
  return pose.x > x && pose.y > y && pose.x < SIZE - x && pose.y < SIZE - y;
}

const DIRECTIONS = [[1, 0] as const, [-1, 0] as const, [0, -1] as const, [0, 1] as const];

/** A place beside a body, `by` radii away, at which it is whole and clear of every other solid in all of the given frames. */
function beside(clip: WorldClip, k: number, frames: readonly number[], by: number): readonly [number, number] | null {
  const { scene, snapshots, seed } = clip;
  const solid = scene.solids[k];
  const far = by * Math.hypot(...solid.half);
  const fits = ([x, y]: readonly [number, number]) =>
    frames.every((t) => {
      const place = shifted(snapshots[t].solids[k], far * x, far * y);
      return (
        isWhole(solid, place) &&
        snapshots[t].solids.every((other, i) => i === k || apart(scene.solids[i].half, other, solid.half, place))
      );
    });
  const turned = DIRECTIONS.map((_, i) => DIRECTIONS[(i + seed) % DIRECTIONS.length]);
  const way = turned.find(fits);
  return way ? [far * way[0], far * way[1]] : null;
}

const apart = (a: readonly [number, number], p: Pose, b: readonly [number, number], q: Pose): boolean =>
  Math.hypot(p.x - q.x, p.y - q.y) > Math.hypot(...a) + Math.hypot(...b) + 1;

function duplicate(clip: WorldClip): Uint8Array | null {
  const { k, whole } = chosen(clip);
  const from = 4 + (clip.seed % 4);
  const frames = whole.filter((t) => t >= from);
  const place = frames.length >= 4 ? beside(clip, k, frames, 2.5) : null;
  if (!place) return null;
  const scene = { ...clip.scene, solids: [...clip.scene.solids, clip.scene.solids[k]] };
  const snapshots = clip.snapshots.map((snapshot, t) => {
    const pose = snapshot.solids[k];
    return { ...snapshot, solids: [...snapshot.solids, t < from ? away(pose) : shifted(pose, ...place)] };
  });
  return draw(scene, snapshots);
}

function teleport(clip: WorldClip): Uint8Array | null {
  const { k, whole } = chosen(clip);
  // Two whole frames on both sides, and nothing else that could throw it: no contact begins near.
  const hits = clip.snapshots.flatMap(({ contacts }, t) =>
    t > 1 && contacts.length > 0 && clip.snapshots[t - 1].contacts.length === 0 ? [t] : [],
  );
  const from = whole.find(
    (t) =>
      t >= 3 &&
      [t - 2, t - 1, t + 1, t + 2].every((near) => whole.includes(near)) &&
      hits.every((hit) => Math.abs(t - hit) > 3),
  );
  if (from === undefined) return null;
  const place = beside(clip, k, [from, from + 1], 1.5);
  if (!place) return null;
  return draw(
    clip.scene,
    moved(clip.snapshots, (pose, solid, t) => (solid === k && t >= from ? shifted(pose, ...place) : pose)),
  );
}

/** Share of the other colour at the end. */
const DRIFT = 0.5;

function colourDrift(clip: WorldClip): Uint8Array | null {
  const { k, whole } = chosen(clip);
  const last = whole[whole.length - 1];
  if (last === undefined || last < T / 2) return null;
  const taken = [...clip.scene.solids, ...clip.scene.fluids].map(({ colour }) => colour);
  const free = COLOURS.filter((colour) => !taken.includes(colour));
  const colour = free[clip.seed % free.length];
  const solids = clip.scene.solids.map((solid, i) => (i === k ? { ...solid, colour } : solid));
  const other = draw({ ...clip.scene, solids }, clip.snapshots);
  // Every pixel is linear in its bodies' colours: a mixture of two renderings is a rendering in the mixed colour.
  const frame = clip.frames.length / T;
  return clip.frames.map((value, i) => {
    const share = Math.min(DRIFT, (DRIFT * Math.floor(i / frame)) / last);
    return Math.round(value * (1 - share) + other[i] * share);
  });
}

/** Of the area, at the last frame in which it is whole. */
const GROWTH = 1.5;

function sizeDrift(clip: WorldClip): Uint8Array | null {
  const { k } = chosen(clip);
  const sized = (t: number) => {
    const scale = Math.sqrt(1 + ((GROWTH - 1) * t) / (T - 1));
    const solid = clip.scene.solids[k];
    return { ...solid, half: [solid.half[0] * scale, solid.half[1] * scale] as const };
  };
  const whole = clip.snapshots.flatMap(({ solids }, t) => (isWhole(sized(t), solids[k]) ? [t] : []));
  if (whole.length < 3 || whole[whole.length - 1] - whole[0] < T / 2) return null;
  const frames = new Uint8Array(clip.frames.length);
  const frame = frames.length / T;
  for (const [t, snapshot] of clip.snapshots.entries()) {
    const solids = clip.scene.solids.map((solid, i) => (i === k ? sized(t) : solid));
    frames.set(draw({ ...clip.scene, solids }, [snapshot]).subarray(0, frame), t * frame);
  }
  return frames;
}

/** Frames of flight, whole, that a wrong gravity needs to be seen, and more than these for a force. */
const LEAST_FREE = 3;
const FLIGHT = 4;

function underGravity({ scene }: WorldClip, rapier: Rapier, factor: number): Uint8Array | null {
  const snapshots = rerun({ ...scene, gravity: factor * scene.gravity }, rapier);
  // What rises off a ledge counts once it is clear of it.
  const clear = traitsOf(scene).ledge && factor < 0 ? scene.solids[0].at.y - 1.5 : SIZE;
  const free = snapshots.filter(
    ({ contacts, solids: [body] }) => contacts.length === 0 && body.y < clear && isWhole(scene.solids[0], body),
  );
  return free.length >= LEAST_FREE ? draw(scene, snapshots) : null;
}

/** px/frame², of the bent path. */
const FORCE = 0.4;

function sidewaysForce(clip: WorldClip): Uint8Array | null {
  const { scene, snapshots, seed } = clip;
  const contact = contactFrame(clip) ?? 0;
  const table = scene.view === "top";
  // Over a table it acts once the bodies have parted, in the air on the way down as well; on the ledge nothing moves yet.
  const last = snapshots.findLastIndex(({ contacts }) => contacts.length > 0);
  const from = table || traitsOf(scene).ledge ? Math.max(contact, last) + 1 : 0;
  const k = seed % scene.solids.length;
  const { vx, vy } = snapshots[Math.min(T - 1, from)].solids[k];
  const speed = Math.hypot(vx, vy) || 1;
  const [x, y] = table ? [-vy / speed, vx / speed] : [vx > 0 ? -1 : 1, 0];
  const bent = moved(snapshots, (pose, solid, t) => {
    const far = solid === k && t > from ? 0.5 * FORCE * (t - from) * (t - from) : 0;
    return shifted(pose, far * x, far * y);
  });
  const shown = wholeFrames({ scene, snapshots: bent }, k).filter((t) => t >= from);
  return shown.length > FLIGHT ? draw(scene, bent) : null;
}
