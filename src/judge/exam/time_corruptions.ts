/**
 * Clips in which time itself is wrong: they stop, stutter, skip, fade, or mix moments. Each is the clip's own pictures in another order
 * or mixture, so within each picture nothing but softness may be odd.
 */
import { TEMPLATE_NAMES, templatesWith } from "../../world/language/patterns.ts";
import { chroma, PALETTE } from "../../world/render/palette.ts";
import { render } from "../../world/render/render.ts";
import type { Rapier } from "../../world/rigid.ts";
import { CLIP, type WorldClip } from "../../world/types.ts";
import type { Corruption } from "./corruption.ts";
import { rerun } from "./solid_edits.ts";

const { frames: T, size: SIZE } = CLIP;
const PIXELS = SIZE * SIZE;

/** What a picture is made of: frames of the clip and their shares. */
type Mixture = readonly (readonly [frame: number, share: number])[];

const only = (frame: number): Mixture => [[Math.max(0, Math.min(T - 1, frame)), 1]];

/** The clip at a moment between its frames, as a blend of both. */
function between(moment: number): Mixture {
  const frame = Math.floor(moment);
  return frame === moment
    ? only(frame)
    : [[frame, frame + 1 - moment], ...only(frame + 1).map(([t]) => [t, moment - frame] as const)];
}

/**
 * px² that change hands between two pictures, by the truth. Under the one nothing stands still that would have moved on; of two
 * moments that differ by less than the other no eye and no rule can tell a mixture from a soft edge.
 */
const LEAST = { still: 20, mixed: 24 } as const;
/**
 * px² that change hands between frames a and b: each pixel by the square of its change, as a share of the way from the one body's colour
 * to the other's, so that a level that rises by a tenth of a pixel counts for nothing however wide it is.
 */
function swept({ mask, frames, scene }: WorldClip, a: number, b: number): number {
  const bodies = [...scene.solids, ...scene.fluids].map(({ colour }) => chroma(...PALETTE[colour]));
  const colours = [[0, 0] as const, ...bodies];
  let area = 0;
  for (let i = 0; i < PIXELS; i++) {
    const [p, q] = [a * PIXELS + i, b * PIXELS + i];
    if (mask[p] === mask[q]) continue;
    const [from, to] = [colours[mask[p]], colours[mask[q]]];
    const [r, g, blue] = [0, 1, 2].map((c) => frames[3 * p + c] - frames[3 * q + c]);
    const whole = (from[0] - to[0]) ** 2 + (from[1] - to[1]) ** 2;
    area += ((r - g) ** 2 + ((r + g) / 2 - blue) ** 2) / whole;
  }
  return area;
}

/** The first frame from `from` on (then from the start on) after which the clip moves on clearly; null where none does. */
function movingFrom(clip: WorldClip, from: number, first: number, last: number): number | null {
  for (let i = 0; i <= last - first; i++) {
    const t = first + ((from - first + i) % (last + 1 - first));
    if (swept(clip, t - 1, t) >= LEAST.still && swept(clip, t, t + 1) >= LEAST.still) return t;
  }
  return null;
}

/** U8 [T, 64, 64, 3]: each picture mixed out of the clip's. */
function retimed(frames: Uint8Array, mixtureOf: (t: number) => Mixture): Uint8Array {
  const frame = 3 * PIXELS;
  const out = new Uint8Array(frames.length);
  for (let t = 0; t < T; t++) {
    const sums = new Float64Array(frame);
    for (const [k, share] of mixtureOf(t)) {
      const from = k * frame;
      for (let i = 0; i < frame; i++) sums[i] += share * frames[from + i];
    }
    for (let i = 0; i < frame; i++) out[t * frame + i] = Math.round(sums[i]);
  }
  return out;
}

/** Pictures that must be clear mixtures for a clip to be one. */
const LEAST_MIXED = 5;
/** A share under this is no ghost. */
const LEAST_SHARE = 0.2;

/** The mixtures, where enough pictures are clear ones of moments that differ. */
function mixed(clip: WorldClip, mixtureOf: (t: number) => Mixture, least = LEAST_MIXED): Uint8Array | null {
  const clear = Array.from({ length: T }, (_, t) => mixtureOf(t)).filter((mixture) => {
    const parts = mixture.filter(([, share]) => share >= LEAST_SHARE);
    return parts.length > 1 && swept(clip, parts[0][0], parts[parts.length - 1][0]) >= LEAST.mixed;
  });
  return clear.length >= least ? retimed(clip.frames, mixtureOf) : null;
}

function freeze(clip: WorldClip): Uint8Array | null {
  const at = movingFrom(clip, 4 + (clip.seed % 10), 4, T - 3);
  return at === null ? null : retimed(clip.frames, (t) => only(Math.min(t, at)));
}

function stutter(clip: WorldClip): Uint8Array | null {
  const at = movingFrom(clip, 2 + (clip.seed % 11), 2, T - 4);
  return at === null ? null : retimed(clip.frames, (t) => only(t <= at ? t : t - 1));
}

/** px/frame of some body's centre: with less a left-out frame is a step that forces could make. */
const LEAST_STEP = 1.5;

/** One frame is left out; what would come after the last is simulated. */
function skip(clip: WorldClip, rapier: Rapier): Uint8Array | null {
  const at = movingFrom(clip, 3 + (clip.seed % 10), 3, T - 4);
  if (at === null) return null;
  const speeds = clip.bodies.map((_, k) => {
    const row = 2 * (at * clip.bodies.length + k);
    return Math.hypot(clip.velocity[row], clip.velocity[row + 1]);
  });
  if (Math.max(...speeds) < LEAST_STEP) return null;
  const longer = rerun(clip.scene, rapier, T + 1);
  return render(
    clip.scene,
    longer.filter((_, t) => t !== at),
  ).frames;
}

/** A mean of `count` frames, as many before as after where that is possible. */
const mean =
  (count: number) =>
  (t: number): Mixture =>
    Array.from({ length: count }, (_, k) => only(t + k - ((count - 1) >> 1))).map(([[frame]]) => [frame, 1 / count]);

/** Of a fade over a part of the clip, or at half speed, where a few pictures only are clear mixtures. */
const LEAST_FADED = 3;

function partFade(clip: WorldClip): Uint8Array | null {
  const from = 2 + (clip.seed % 5);
  const to = from + 5 + (clip.seed % 4);
  const fade = (t: number): Mixture => {
    const share = (t - from) / (to - from);
    return t <= from || t >= to ? only(t) : [[from, 1 - share] as const, [to, share] as const];
  };
  return mixed(clip, fade, LEAST_FADED);
}

/** Half speed shown by repeats needs motion in the half of the clip that is shown. */
const repeated = (clip: WorldClip): Uint8Array | null =>
  movingFrom(clip, 1, 1, T / 2 - 2) === null ? null : retimed(clip.frames, (t) => only(t >> 1));

const everywhere = { templates: TEMPLATE_NAMES };
/**
 * Mixtures of moments that are near each other look like softness, which a good clip may have, where little is fast or sharp: a floating
 * body goes 1 to 2 px in a frame, in four frames of its fall; where a heavy liquid folds into a light one the zone between is as wide as that.
 */
const sharp = { templates: templatesWith(({ traits }) => !traits.layered && traits.body !== "floating") };

export const TIME_CORRUPTIONS: readonly Corruption[] = [
  {
    ...everywhere,
    name: "freeze",
    title: "Clip stops",
    says: "From one frame on, in the midst of motion, the picture stands still.",
    make: freeze,
  },
  { ...everywhere, name: "stutter", title: "Stutter", says: "One picture is shown twice.", make: stutter },
  { ...everywhere, name: "skip", title: "Picture left out", says: "One picture is left out.", make: skip },
  {
    ...everywhere,
    name: "half-speed-repeated",
    title: "Half speed, repeated",
    says: "The first half at half speed: every picture is shown twice.",
    make: repeated,
  },
  {
    ...sharp,
    name: "half-speed-blended",
    title: "Half speed, blended",
    says: "The first half at half speed: every second picture is a blend of its neighbours.",
    make: (clip) => mixed(clip, (t) => between(t / 2), LEAST_FADED),
  },
  {
    ...sharp,
    name: "mean-2",
    title: "Mean of two",
    says: "Each picture is the mean of two frames.",
    make: (clip) => mixed(clip, mean(2)),
  },
  {
    ...sharp,
    name: "mean-3",
    title: "Mean of three",
    says: "Each picture is the mean of three frames.",
    make: (clip) => mixed(clip, mean(3)),
  },
  {
    ...everywhere,
    name: "every-second-blended",
    title: "Every second blended",
    says: "Every second picture is the blend of its two neighbours.",
    make: (clip) =>
      mixed(clip, (t) => (t % 2 === 1 && t + 1 < T ? [[t - 1, 0.5] as const, [t + 1, 0.5] as const] : only(t))),
  },
  {
    ...sharp,
    name: "ghost",
    title: "Ghost",
    says: "A third of each picture is the one two frames earlier.",
    make: (clip) => mixed(clip, (t) => (t < 2 ? only(t) : [[t - 2, 0.3] as const, [t, 0.7] as const])),
  },
  {
    ...everywhere,
    name: "part-fade",
    title: "Fade in between",
    says: "Some frames on end are a cross-fade from the first of them to the last.",
    make: partFade,
  },
  {
    ...everywhere,
    name: "cross-fade",
    title: "Cross-fade",
    says: "The whole clip is a cross-fade from its first picture to its last.",
    make: (clip) => mixed(clip, (t) => [[0, 1 - t / (T - 1)] as const, [T - 1, t / (T - 1)] as const]),
  },
];
