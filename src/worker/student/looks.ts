import { centreError, colourCentres, stillClip } from "../../data/centres.ts";
import { type Task, taskClip } from "../../data/task.ts";
import { decodeLatents, encodeFrames } from "../../encoders/autoencoder.ts";
import { wordIds } from "../../encoders/student_model.ts";
import type { EncoderContext } from "../../encoders/types.ts";
import type { Pause } from "../../gpu/steps.ts";
import { judgeClip } from "../../judge/judge.ts";
import type { StudentShape } from "../../student/model.ts";
import { seedOf } from "../../student/random.ts";
import type { DrawnClip, DrawPlan } from "../../train/diffusion/drawing.ts";
import type { StudentRecipe } from "../../train/diffusion/recipe.ts";
import { packedRgb, planarRgb, rgbaOf } from "../../video/tubelets.ts";
import type { Colour } from "../../world/types.ts";
import { CLIP } from "../../world/types.ts";
import type { World } from "../../world/world.ts";
import type { StudentSample, WatchedClip } from "../protocol/student.ts";

const SIZE = { width: CLIP.size, height: CLIP.size };
/** Seeds that are tried beside those that are wanted: the world cannot show every one. */
const TRIES = 50;

/** One clip that is looked at, with what is measured in the simulator's. */
interface Watched extends WatchedClip {
  readonly colours: readonly Colour[];
  readonly centres: Float64Array;
  readonly stillError: number;
}

/** The clips that a run is looked at by, from the same noise every time. */
export interface Looks {
  readonly plan: DrawPlan;
  readonly watched: readonly WatchedClip[];
  /** What the student drew, decoded, measured against the simulator's clips and judged. */
  samplesOf(drawn: readonly DrawnClip[], context: EncoderContext, pause: Pause): Promise<StudentSample[]>;
}

/**
 * @param pause rejects when nobody waits for them any more
 * @param given whether the first token frame of each is given
 */
export async function looksOf(
  world: World,
  task: Task,
  {
    count,
    drawn: which,
    steps,
    given,
    seed,
    shape,
  }: {
    readonly count: number;
    readonly drawn: StudentRecipe["drawn"];
    readonly steps: number;
    readonly given: boolean;
    readonly seed: number;
    readonly shape: StudentShape;
  },
  context: EncoderContext,
  pause: Pause,
): Promise<Looks> {
  const watched: Watched[] = [];
  const asked: DrawPlan["clips"][number][] = [];
  const [split, end] =
    which === "trained" ? (["train", task.clips] as const) : (["validation", count + TRIES] as const);
  for (let i = 0; watched.length < count && i < end; i++) {
    await pause();
    const { prompt, seed: own, laws } = taskClip(task, split, i);
    const clip = shown(() => world.makeClip(prompt, own, laws));
    if (!clip) continue;
    const colours = clip.bodies.map(({ colour }) => colour);
    const centres = colourCentres(clip.frames, colours);
    const { px: stillError } = centreError(colourCentres(stillClip(clip.frames), colours), centres);
    watched.push({ prompt, seed: own, frames: clip.frames, colours, centres, stillError });
    const first = given
      ? firstTokens(await encodeFrames(planarRgb(rgbaOf(clip.frames, SIZE), SIZE), context), shape)
      : null;
    asked.push({ prompt, words: Uint32Array.from(wordIds(prompt), Number), seed: seedOf(seed, 21, i), first });
  }
  return {
    plan: { clips: asked, steps },
    watched: watched.map(({ prompt, seed: own, frames }) => ({ prompt, seed: own, frames })),
    async samplesOf(drawn, running, between) {
      const samples: StudentSample[] = [];
      for (const [i, { latents }] of drawn.entries()) {
        await between();
        const { prompt, seed: own, colours, centres, stillError } = watched[i];
        const frames = packedRgb(await decodeLatents(latents, running), SIZE);
        const { sa, pc, joint } = judgeClip(frames, prompt, { parsed: false, laws: task.laws });
        const { px, bodies } = centreError(colourCentres(frames, colours), centres);
        samples.push({ prompt, seed: own, given, frames, centreError: px, bodies, stillError, sa, pc, joint });
      }
      return samples;
    },
  };
}

const firstTokens = (latents: Float32Array, { rows, values }: StudentShape): Float32Array =>
  latents.slice(0, rows ** 2 * values);

function shown<T>(make: () => T): T | null {
  try {
    return make();
  } catch {
    return null;
  }
}
