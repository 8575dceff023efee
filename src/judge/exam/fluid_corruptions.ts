/**
 * Clips that break a law of liquids on purpose, for the judge's own examination: the world's snapshots are edited, or its scene is
 * run under another law, and the world's renderer draws the result.
 */
import { createFluid } from "../../world/fluid/fluid.ts";
import { templatesWith, traitsOf } from "../../world/language/patterns.ts";
import { DENSITY } from "../../world/laws.ts";
import { Random } from "../../world/random.ts";
import { COLOURS } from "../../world/render/palette.ts";
import { render } from "../../world/render/render.ts";
import type { Rapier } from "../../world/rigid.ts";
import { simulate } from "../../world/simulate.ts";
import { distance } from "../../world/templates/tank.ts";
import { CLIP, type Scene, type Snapshot, type WorldClip } from "../../world/types.ts";
import type { Corruption } from "./corruption.ts";

const ALL = templatesWith(({ category }) => category !== "solid-solid");
const PLUNGE = templatesWith(({ traits }) => traits.event === "plunge");
/** Liquids that mix and are there from the start: backwards, nothing else than their mixing is odd at once. */
const MIXING = templatesWith(({ category, traits }) => category === "fluid-fluid" && !traits.poured && !traits.layered);
/** Liquid that is seen to fall. */
const FALLING = templatesWith(({ traits }) => traits.event === "drop" || traits.poured !== null);

export const FLUID_CORRUPTIONS: readonly Corruption[] = [
  {
    name: "mass-gain-20",
    title: "Liquid grows",
    says: "The liquid grows evenly by a fifth until the end.",
    templates: ALL,
    make: (clip) => swell(clip, 0.2),
  },
  {
    name: "mass-loss-20",
    title: "Liquid shrinks",
    says: "The liquid shrinks evenly by a fifth until the end.",
    templates: ALL,
    make: (clip) => swell(clip, -0.2),
  },
  {
    name: "un-mixing",
    title: "Liquids un-mix",
    says: "The clip runs backwards: what has mixed comes apart.",
    templates: MIXING,
    make: ({ scene, snapshots }) => draw(scene, [...snapshots].reverse()),
  },
  {
    name: "liquid-gravity-1.5",
    title: "Heavier gravity",
    says: "The scene runs under one and a half times its gravity.",
    templates: FALLING,
    make: heavier,
  },
  {
    name: "liquid-gravity-reversed",
    title: "Gravity reversed",
    says: "The scene runs under gravity that points upwards.",
    templates: ALL,
    make: (clip, rapier) => draw(clip.scene, rerun(clip, rapier, -1)),
  },
  {
    name: "liquid-teleports",
    title: "Liquid jumps",
    says: "From one frame on, a body of liquid is elsewhere.",
    templates: ALL,
    make: teleport,
  },
  {
    name: "liquid-vanishes",
    title: "Liquid vanishes",
    says: "One liquid is not there for three frames.",
    templates: ALL,
    make: vanish,
  },
  {
    name: "heavy-stays-above",
    title: "Heavy stays above",
    says: "The heavy liquid stays on the light one.",
    templates: templatesWith(({ traits }) => traits.layered),
    make: ({ scene, snapshots }) =>
      draw(
        scene,
        snapshots.map(() => snapshots[0]),
      ),
  },
  {
    name: "sink-float-swapped",
    title: "Sink and float swapped",
    says: "The body has the other density: what sinks floats, what floats sinks.",
    templates: PLUNGE,
    make: swapDensity,
  },
  {
    name: "wrong-density",
    title: "Floats wrongly",
    says: "A body that should float half under lies almost wholly in the liquid, or almost wholly on it.",
    templates: templatesWith(({ traits }) => traits.event === "plunge" && traits.body === "floating"),
    make: wrongDensity,
  },
  {
    name: "hangs-in-liquid",
    title: "Hangs in the liquid",
    says: "In the midst of the liquid the body stops, while the liquid goes on.",
    templates: PLUNGE,
    make: hang,
  },
  {
    name: "liquid-colour-drift",
    title: "Liquid changes colour",
    says: "One liquid turns towards another colour, half of the way at the end.",
    templates: ALL,
    make: drift,
  },
  {
    name: "no-displacement",
    title: "Body and liquid overlap",
    says: "The liquid does not feel the body: nothing is pushed aside where the body is.",
    templates: PLUNGE,
    make: unfelt,
  },
];

const draw = (scene: Scene, snapshots: readonly Snapshot[]): Uint8Array => render(scene, snapshots).frames;

/** Every particle's new place in frame t; the index is its own within its fluid. */
type Move = (t: number, fluid: number, index: number, x: number, y: number) => readonly [number, number];

function moved(snapshots: readonly Snapshot[], move: Move): Snapshot[] {
  return snapshots.map((snapshot, t) => ({
    ...snapshot,
    fluids: snapshot.fluids.map((positions, f) => {
      const next = new Float32Array(positions.length);
      for (let i = 0; i < positions.length; i += 2) next.set(move(t, f, i / 2, positions[i], positions[i + 1]), i);
      return next;
    }),
  }));
}

/** Frames that a change needs after the source has stopped, and that it then stays, to be seen as one. */
const STEADY = 3;
const STAYS = 1;

/** The first frame in which what came last has left the mouth. */
function settled({ scene }: WorldClip): number {
  return Math.ceil(Math.max(0, ...scene.fluids.map(({ source }) => (source ? source.to + 1 : 0))));
}

/** Grows every liquid evenly until a fifth more (or less) of it is seen at the end. */
function swell(clip: WorldClip, share: number): Uint8Array | null {
  const from = settled(clip);
  if (from > CLIP.frames - 1 - STAYS - STEADY) return null;
  const seen = (mask: Uint8Array) => {
    const last = mask.subarray(mask.length - CLIP.size * CLIP.size);
    return last.reduce((count, body) => count + (body > clip.scene.solids.length ? 1 : 0), 0);
  };
  // A part of what comes is hidden by bodies or out of the frame: more is needed for a fifth to be seen.
  let amount = share;
  for (let pass = 0; ; pass++) {
    const { frames, mask } = render(clip.scene, grown(clip, from, amount));
    const reached = seen(mask) / seen(clip.mask) - 1;
    if (Math.abs(reached - share) < 0.01) return frames;
    if (pass === PASSES) return null;
    amount *= Math.abs(share) / Math.max(0.2 * Math.abs(share), reached * Math.sign(share));
  }
}

const PASSES = 6;

/** Every liquid stretched upwards from the lowest place by `share` at the end; particles come or go along. */
function grown({ snapshots, seed }: WorldClip, from: number, share: number): Snapshot[] {
  const last = CLIP.frames - 1;
  const random = new Random(seed);
  /** One per particle: it doubles, or goes, once the change passes it. */
  const turns = snapshots[last].fluids.map((positions) => Float32Array.from(positions, () => random.next()));
  return snapshots.map((snapshot, t) => {
    const change = share * Math.max(0, Math.min(1, (t - from) / (last - STAYS - from)));
    const floor = bottom(snapshot);
    return {
      ...snapshot,
      fluids: snapshot.fluids.map((positions, f) => {
        const next: number[] = [];
        for (let i = 0; i < positions.length; i += 2) {
          const place = [positions[i], floor - (floor - positions[i + 1]) * (1 + change)];
          if (change < 0 && turns[f][i] < -change) continue;
          next.push(...place);
          if (change > 0 && turns[f][i] < change) {
            next.push(place[0] + 2 * random.around(1), place[1] + random.around(1));
          }
        }
        return Float32Array.from(next);
      }),
    };
  });
}

/** Lowest particle of a frame, px. */
function bottom({ fluids }: Snapshot): number {
  let low = 0;
  for (const positions of fluids) {
    for (let i = 1; i < positions.length; i += 2) if (positions[i] > low) low = positions[i];
  }
  return low;
}

/** The same scene under `factor` times its gravity; what lies at rest has been brought to rest under it. */
function rerun({ scene }: WorldClip, rapier: Rapier, factor: number): Snapshot[] {
  return simulate(rapier, { ...scene, gravity: factor * scene.gravity }, createFluid);
}

/** px between the particles of a drop and of a pool at which their pictures are apart. */
const APART = 5;
/** Frames of flight in which an acceleration can be seen. */
const FLIGHT = 3;

/** Heavier gravity; a drop that is in the air for a moment only says nothing of it. */
function heavier(clip: WorldClip, rapier: Rapier): Uint8Array | null {
  const snapshots = rerun(clip, rapier, 1.5);
  if (traitsOf(clip.scene).event === "drop") {
    const met = snapshots.findIndex(({ fluids: [drop, pool] }) => distance(drop, pool) < APART);
    if (met < FLIGHT) return null;
  }
  return draw(clip.scene, snapshots);
}

/** px by which liquid jumps. */
const JUMP = 16;

/** From the middle of the clip on the first liquid is elsewhere; of a pool, which fills the frame's width, the third on one side. */
function teleport({ scene, snapshots, seed }: WorldClip): Uint8Array | null {
  const at = 7 + (seed % 3);
  const before = snapshots[at].fluids.map((positions) => positions.filter((x, i) => i % 2 === 0 && !Number.isNaN(x)));
  const fluid = seed % 2 < before.length && before[seed % 2].length > 12 ? seed % 2 : 0;
  const sorted = before[fluid].sort();
  if (sorted.length < 12) return null;
  const [left, right] = [sorted[0], sorted[sorted.length - 1]];
  const whole = right - left < CLIP.size / 2 || scene.fluids[fluid].source !== null;
  const edge = sorted[Math.floor(sorted.length / 3)];
  const direction = left + right > CLIP.size ? -1 : 1;
  const gone = snapshots[at].fluids[fluid];
  return draw(
    scene,
    moved(snapshots, (t, f, i, x, y) => {
      if (t < at || f !== fluid) return [x, y];
      if (whole) return [x + direction * JUMP, y];
      return gone[2 * i] <= edge ? [x, y - JUMP] : [x, y];
    }),
  );
}

/** For three frames one of the liquids isn't there. */
function vanish({ scene, snapshots, seed }: WorldClip): Uint8Array | null {
  const at = 7 + (seed % 4);
  const fluid = seed % scene.fluids.length;
  if (!snapshots[at].fluids[fluid].some((x) => x > 0)) return null;
  return draw(
    scene,
    moved(snapshots, (t, f, _, x, y) => (f === fluid && t >= at && t < at + 3 ? [NaN, NaN] : [x, y])),
  );
}

function swapDensity({ scene }: WorldClip, rapier: Rapier): Uint8Array {
  const density = traitsOf(scene).body === "sinking" ? DENSITY.floating : DENSITY.sinking;
  const solids = scene.solids.map((solid) => ({ ...solid, density }));
  return draw(scene, simulate(rapier, { ...scene, solids }, createFluid));
}

/** Instead of ½: it floats at that share under. */
const WRONG_DENSITIES = [0.12, 0.9] as const;

function wrongDensity({ scene, seed }: WorldClip, rapier: Rapier): Uint8Array {
  const solids = scene.solids.map((solid) => ({ ...solid, density: WRONG_DENSITIES[seed % 2] }));
  return draw(scene, simulate(rapier, { ...scene, solids }, createFluid));
}

/** px/frame with which a body must move for its stop to be seen. */
const LEAST_SPEED = 0.9;

/** From a frame on in which it moves in the liquid, the body stays where it is. */
function hang({ scene, snapshots, seed }: WorldClip): Uint8Array | null {
  const [region] = scene.fluids[0].filled;
  const surface = region.shape === "rectangle" ? region.top : 0;
  const wet = snapshots.flatMap(({ solids: [body] }, t) =>
    t < CLIP.frames - 3 && body.y > surface && Math.abs(body.vy) > LEAST_SPEED ? [t] : [],
  );
  if (wet.length === 0) return null;
  const at = wet[seed % wet.length];
  return draw(
    scene,
    snapshots.map((snapshot, t) => (t > at ? { ...snapshot, solids: snapshots[at].solids } : snapshot)),
  );
}

/** Share of the other colour at the end. */
const DRIFT = 0.5;

/** One liquid turns towards a colour that the clip has not, evenly until the end. */
function drift({ scene, snapshots, frames, seed }: WorldClip): Uint8Array {
  const taken = [...scene.solids, ...scene.fluids].map(({ colour }) => colour);
  const colour = new Random(seed).pick(COLOURS.filter((other) => !taken.includes(other)));
  const turned = seed % scene.fluids.length;
  const fluids = scene.fluids.map((fluid, k) => (k === turned ? { ...fluid, colour } : fluid));
  const other = draw({ ...scene, fluids }, snapshots);
  const frame = frames.length / CLIP.frames;
  return frames.map((value, i) => {
    const share = (DRIFT * Math.floor(i / frame)) / (CLIP.frames - 1);
    return Math.round(value + share * (other[i] - value));
  });
}

/** The liquid does not feel the body: the pool lies as at first. */
function unfelt({ scene, snapshots }: WorldClip): Uint8Array {
  return draw(
    scene,
    snapshots.map((snapshot) => ({ ...snapshot, fluids: snapshots[0].fluids })),
  );
}
