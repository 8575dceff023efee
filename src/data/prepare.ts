/** From a task to clips that a student can be trained on, one after another, while others train. */
import { wordIds } from "../encoders/student_model.ts";
import type { PreparedClip, TeacherFeatures } from "../train/prepared_clip.ts";
import type { Split } from "../world/language/splits.ts";
import { type ClipEncoders, clipSaliency } from "./encode.ts";
import { type PartTime, PartTimes } from "./part_times.ts";
import type { Simulated, Simulator } from "./simulate.ts";
import { type Task, type TaskClip, taskClip, taskLine } from "./task.ts";

/** Who teaches: our VideoMAE, the world itself, or nobody. */
export const TEACHERS = ["videomae", "world", "none"] as const;
export type TeacherChoice = (typeof TEACHERS)[number];

export interface PrepareOptions {
  /** "train" where nothing is said. */
  readonly split?: Split;
  /** Clips; the task's where nothing is said. */
  readonly clips?: number;
  readonly teacher: TeacherChoice;
  readonly simulator: Simulator;
  readonly encoders: ClipEncoders;
  readonly signal?: AbortSignal;
  /** After every clip, and when the first one is begun. */
  progress?(progress: PrepareProgress): void;
}

export interface PrepareProgress {
  /** Clips that are ready, of `total`. */
  readonly ready: number;
  readonly total: number;
  /** Clips that the world cannot show, which are left out, and the last one's reason. */
  readonly left: number;
  readonly reason: string | null;
  /** What each part has done so far; a clip of it takes seconds / clips. The parts overlap in time. */
  readonly parts: Readonly<Record<PartName, PartTime>>;
}

/** Waiting for the simulation is what training would notice; the simulation itself runs beside the encoders. */
export type PartName = "simulation" | "autoencoder" | "teacher";
const PARTS: readonly PartName[] = ["simulation", "autoencoder", "teacher"];

/** Clips that are simulated ahead of the one that is encoded. */
const AHEAD = 4;
/** Where so many clips in a row cannot be shown, the rest is not tried. */
const HOPELESS = 24;

/**
 * A task's clips in its order. They come as soon as each is ready; whoever stops asking stops the work.
 * @throws Error of one sentence where the world shows none of them; EncoderError, GpuError; the signal's reason
 */
export async function* prepare(task: Task, options: PrepareOptions): AsyncGenerator<PreparedClip, void> {
  const { split = "train", clips: total = task.clips, teacher, simulator, encoders, signal } = options;
  const times = new PartTimes(PARTS);
  const asked: { readonly clip: TaskClip; readonly made: Promise<Simulated> }[] = [];
  let [next, ready, left, inRow] = [0, 0, 0, 0];
  let reason: string | null = null;
  const tell = () => options.progress?.({ ready, total, left, reason, parts: times.parts() });
  const ask = () => {
    const clip = taskClip(task, split, next++);
    const made = times.measure("simulation", () => simulator.simulate(clip, teacher === "world"));
    // Who is not waited for any more must not count as an error that nobody saw.
    made.catch(() => {});
    asked.push({ clip, made });
  };
  tell();
  for (let i = 0; i < total; i++) {
    while (next < total && next <= i + AHEAD) ask();
    signal?.throwIfAborted();
    const { clip, made } = asked[0];
    asked.shift();
    const simulated = await unlessAborted(made, signal);
    if ("problem" in simulated) {
      [left, inRow, reason] = [left + 1, inRow + 1, simulated.problem];
      if (inRow >= HOPELESS || left === total) throw new Error(hopeless(task, left, reason));
      tell();
      continue;
    }
    inRow = 0;
    const prepared = await encode(clip, simulated, { teacher, encoders, times });
    signal?.throwIfAborted();
    ready++;
    tell();
    yield prepared;
  }
}

async function encode(
  { prompt, seed }: TaskClip,
  { frames, template, truth, teacher: own }: Exclude<Simulated, { problem: string }>,
  { teacher, encoders, times }: Pick<PrepareOptions, "teacher" | "encoders"> & { readonly times: PartTimes<PartName> },
): Promise<PreparedClip> {
  const x0 = await times.measure("autoencoder", () => encoders.tokens(frames));
  let features: TeacherFeatures | null = own;
  if (teacher === "videomae") features = await times.measure("teacher", () => encoders.features(frames));
  const words = Uint32Array.from(wordIds(prompt), Number);
  return { prompt, template, seed, words, x0, saliency: clipSaliency(frames), teacher: features, truth };
}

const hopeless = (task: Task, left: number, reason: string) =>
  `the world cannot show ${left} clips in a row of ${taskLine(task)} (${reason}): take laws nearer to the usual ones, or another task`;

/** What was asked for, unless the signal comes first: a simulator that is closed never answers. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
