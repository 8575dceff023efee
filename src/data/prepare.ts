/** From a task to clips that a student can be trained on, one after another, while others train. */
import { wordIds } from "../encoders/student_model.ts";
import { unlessAborted } from "../encoders/unless_aborted.ts";
import type { PreparedClip, TeacherFeatures } from "../train/prepared_clip.ts";
import type { Split } from "../world/language/splits.ts";
import { type ClipEncoders, clipSaliency } from "./encode.ts";
import type { ClipStore } from "./kept.ts";
import type { KeptTokens } from "./kept_file.ts";
import { type PartTime, PartTimes } from "./part_times.ts";
import type { Simulated, SimulatedClip, Simulator } from "./simulate.ts";
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
  /** Where clips are kept from one run to the next; nowhere where nothing is said. */
  readonly store?: ClipStore | null;
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
  /** Why clips are not kept for the next time; null while they are. */
  readonly notKept: string | null;
  /** What each part has done so far; a clip of it takes seconds / clips. The parts overlap in time. */
  readonly parts: Readonly<Record<PartName, PartTime>>;
}

/** Clips that had to be simulated, and through which networks they had to go; and clips that were read instead, as they were kept. */
export type PartName = "simulation" | "autoencoder" | "teacher" | "reading";
const PARTS: readonly PartName[] = ["simulation", "autoencoder", "teacher", "reading"];

/** Clips that are simulated ahead of the one that is encoded. */
const AHEAD = 4;
/** Where so many clips in a row cannot be shown, the rest is not tried. */
const HOPELESS = 24;

/**
 * A task's clips in its order. They come as soon as each is ready; whoever stops asking stops the work. After an error whoever asks
 * again gets the clip that it was about: only the end of the task ends them.
 * @throws Error of one sentence where the world shows none of them; EncoderError, GpuError; the signal's reason
 */
export const prepare = (task: Task, options: PrepareOptions): AsyncIterableIterator<PreparedClip, void> =>
  new Preparation(task, options);

/** No generator: one that threw is over, and would look like a task that has no more clips. It answers one question at a time. */
class Preparation implements AsyncIterableIterator<PreparedClip, void> {
  readonly #task: Task;
  readonly #options: PrepareOptions;
  readonly #total: number;
  readonly #work: Work;
  /** Clips that were begun and not asked for yet, in order. */
  #asked: { readonly clip: TaskClip; readonly begun: Promise<Begun> }[] = [];
  #ready = 0;
  #left = 0;
  /** Clips that could not be shown since the last that could. */
  #inRow = 0;
  #reason: string | null = null;

  constructor(task: Task, options: PrepareOptions) {
    this.#task = task;
    this.#options = options;
    this.#total = options.clips ?? task.clips;
    this.#work = { ...options, times: new PartTimes(PARTS) };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<PreparedClip, void>> {
    if (this.#done === 0) this.#tell();
    try {
      while (this.#done < this.#total) {
        const prepared = await this.#nextClip();
        this.#tell();
        if (prepared) return { done: false, value: prepared };
      }
    } catch (error) {
      // What was begun may be broken, too: it is begun again when somebody asks.
      this.#asked = [];
      throw error;
    }
    return { done: true, value: undefined };
  }

  /** Clips of the task that are behind it. */
  get #done(): number {
    return this.#ready + this.#left;
  }

  /** @returns null where the world cannot show the next clip */
  async #nextClip(): Promise<PreparedClip | null> {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    this.#askAhead();
    const { clip, begun } = this.#asked[0];
    const { simulated, tokens, teacher } = await unlessAborted(begun, signal);
    if (simulated && "problem" in simulated) {
      this.#leaveOut(simulated.problem);
      return null;
    }
    const prepared = await finish(clip, { simulated, tokens, teacher }, this.#work);
    signal?.throwIfAborted();
    this.#asked.shift();
    this.#ready++;
    this.#inRow = 0;
    return prepared;
  }

  #askAhead(): void {
    const { split = "train" } = this.#options;
    const end = Math.min(this.#total, this.#done + 1 + AHEAD);
    for (let next = this.#done + this.#asked.length; next < end; next++) {
      const clip = taskClip(this.#task, split, next);
      const begun = begin(clip, this.#work);
      // Who is not waited for any more must not count as an error that nobody saw.
      begun.catch(() => {});
      this.#asked.push({ clip, begun });
    }
  }

  #leaveOut(reason: string): void {
    const [left, inRow] = [this.#left + 1, this.#inRow + 1];
    if (inRow >= HOPELESS || left === this.#total) throw new Error(hopeless(this.#task, inRow, reason));
    this.#asked.shift();
    [this.#left, this.#inRow, this.#reason] = [left, inRow, reason];
  }

  #tell(): void {
    const { store, times } = this.#work;
    const notKept = store?.problem ?? null;
    const [ready, left, reason] = [this.#ready, this.#left, this.#reason];
    this.#options.progress?.({ ready, total: this.#total, left, reason, notKept, parts: times.parts() });
  }
}

interface Work extends Pick<PrepareOptions, "teacher" | "simulator" | "encoders" | "store"> {
  readonly times: PartTimes<PartName>;
}

/** What was kept of a clip, and its simulation where something was not. */
interface Begun {
  readonly tokens: KeptTokens | null;
  readonly teacher: TeacherFeatures | null;
  readonly simulated: Simulated | null;
}

async function begin(clip: TaskClip, { teacher: who, simulator, store, times }: Work): Promise<Begun> {
  const read = async () =>
    Promise.all([store?.tokens(clip) ?? null, who === "none" ? null : (store?.teacher(clip, who) ?? null)]);
  const isWhole = ([tokens, teacher]: Awaited<ReturnType<typeof read>>) => tokens && (teacher || who === "none");
  const [tokens, teacher] = await times.measure("reading", read, isWhole);
  if (tokens && (teacher || who === "none")) {
    return { tokens, teacher, simulated: null };
  }
  const simulated = await times.measure("simulation", () => simulator.simulate(clip, who === "world"));
  return { tokens, teacher, simulated };
}

/** What was not kept is made, and kept. */
async function finish(
  clip: TaskClip,
  begun: Omit<Begun, "simulated"> & { readonly simulated: SimulatedClip | null },
  { teacher: who, encoders, store, times }: Work,
): Promise<PreparedClip> {
  const { simulated } = begun;
  let { tokens, teacher } = begun;
  if (!tokens && simulated) {
    const { frames, template, truth } = simulated;
    const x0 = await times.measure("autoencoder", () => encoders.tokens(frames));
    tokens = { x0, saliency: clipSaliency(frames), template, truth };
    await store?.keepTokens(clip, tokens);
  }
  if (!teacher && simulated && who !== "none") {
    const { frames, teacher: own } = simulated;
    teacher = own ?? (await times.measure("teacher", () => encoders.features(frames)));
    await store?.keepTeacher(clip, who, teacher);
  }
  if (!tokens) throw new Error(`“${clip.prompt}” was neither kept nor simulated`);
  const { prompt, seed } = clip;
  return { ...tokens, prompt, seed, words: Uint32Array.from(wordIds(prompt), Number), teacher };
}

const hopeless = (task: Task, inRow: number, reason: string) =>
  `the world cannot show ${inRow} clips in a row of ${taskLine(task)} (${reason}): take laws nearer to the usual ones, or another task`;
