import { type PrepareOptions, prepare } from "../../data/prepare.ts";
import type { Task } from "../../data/task.ts";
import type { PreparedClip } from "../../train/prepared_clip.ts";

/** A task's clips in memory, each prepared once, when it is first asked for. */
export class ClipShelf {
  readonly #source: AsyncIterator<PreparedClip, void>;
  readonly #clips: PreparedClip[] = [];
  readonly #stop = new AbortController();
  readonly #options: Pick<PrepareOptions, "simulator">;
  #ended = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(task: Task, options: Omit<PrepareOptions, "signal">) {
    this.#options = options;
    this.#source = prepare(task, { ...options, signal: this.#stop.signal });
  }

  /** Whether clip `index` is there. */
  has(index: number): boolean {
    return this.#ended || index < this.#clips.length;
  }

  /** Prepares the next clip, if there is one. After an error the same clip is the next one, so that a run never goes on without it. */
  async next(): Promise<void> {
    // One after another: the source answers one question at a time.
    const next = this.#last.then(() => this.#next());
    this.#last = next.catch(() => {});
    await next;
  }

  /** Clip `index` of those that the world can show; where it can show fewer, they begin again. */
  async get(index: number): Promise<PreparedClip> {
    while (!this.has(index)) await this.next();
    return this.#clips[index % this.#clips.length];
  }

  /** @param reason what whoever waits for a clip gets */
  close(reason?: unknown): void {
    this.#stop.abort(reason);
    this.#options.simulator.close();
  }

  async #next(): Promise<void> {
    if (this.#ended) return;
    const next = await this.#source.next();
    if (next.done) this.#ended = true;
    else this.#clips.push(next.value);
  }
}
