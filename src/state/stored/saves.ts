import type { TrainStatus } from "../../worker/protocol.ts";

/** Saves, one after another. */
export class Saves {
  waiting = 0;
  endedAt = 0;
  /** Milliseconds that the last one took. */
  took = 0;
  #last: Promise<void> = Promise.resolve();
  #writing: { readonly id: string; readonly over: Promise<unknown> } | null = null;

  /** Of those that were begun until now; never rejects. */
  get done(): Promise<void> {
    return this.#last.catch(() => {});
  }

  make(save: () => Promise<void>): Promise<void> {
    this.waiting++;
    this.#last = this.#last
      .catch(() => {})
      .then(() => this.#timed(save))
      .finally(() => {
        this.waiting--;
        this.endedAt = performance.now();
      });
    return this.#last;
  }

  /** Writes a run's files, as a part of a save. */
  async write<T>(id: string, files: () => Promise<T>): Promise<T> {
    const writing = files();
    this.#writing = { id, over: writing.catch(() => {}) };
    try {
      return await writing;
    } finally {
      this.#writing = null;
    }
  }

  /** Settles when none of a run's files is being written: one that is open cannot be removed, and its run would be back. */
  async written(id: string): Promise<void> {
    if (this.#writing?.id === id) await this.#writing.over;
  }

  async #timed(save: () => Promise<void>): Promise<void> {
    const started = performance.now();
    await save();
    this.took = performance.now() - started;
  }
}

const isCalled = (error: unknown, name: string): boolean => error instanceof DOMException && error.name === name;
const whyOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const BLOCKED = "This browser blocks storage for this page (private browsing, or cookies are off)";

/** A run that could not be stored, as far as the sentence about it goes. */
interface NotStored {
  readonly status: TrainStatus;
  readonly savedStep: number | null;
}

/**
 * Why a checkpoint could not be stored, as a sentence.
 * @param way how the user keeps the run all the same, as "Export the projector"
 */
export function diskSentence(error: unknown, { status, savedStep }: NotStored, bytes: number, way: string): string {
  const saved = savedStep === null ? "nothing of this run is saved yet" : `the save of step ${savedStep} is kept`;
  const kept = status === "running" ? `training goes on, and ${saved}` : saved;
  if (isCalled(error, "QuotaExceededError")) {
    return `The disk has no room for this checkpoint of ${(bytes / 1e6).toFixed(1)} MB; ${kept}. Delete runs from the table, or ${way[0].toLowerCase()}${way.slice(1)}.`;
  }
  if (isCalled(error, "SecurityError")) {
    return `${BLOCKED}, so runs end with this tab; ${kept}. ${way} to keep it, or allow storage and reload.`;
  }
  return `This browser did not store the checkpoint (${whyOf(error)}); ${kept}. ${way} to keep it.`;
}

/** Said where a run is further on the disk than in the table. */
export const otherTabSentence = (from: number, to: number): string =>
  `Another tab had gone on with this run, from step ${from} to step ${to}: it goes on from there.`;

/** A sentence after what is said already of the same thing: neither takes the other's place, and none is said twice. */
export const saidToo = (said: string | null, sentence: string): string =>
  said === null ? sentence : said.includes(sentence) ? said : `${said} ${sentence}`;

/** Why a run stays in the table. */
export const stayedSentence = (error: unknown): string =>
  `That run could not be deleted (${whyOf(error)}): close the other tab that uses it and try again.`;

/** Why a plan could not be stored, as a sentence. */
export function planDiskSentence(error: unknown): string {
  if (isCalled(error, "QuotaExceededError"))
    return "The disk has no room for this plan, so it ends with this tab. Delete runs from the table to make room for the next one.";
  if (isCalled(error, "SecurityError")) return `${BLOCKED}: the plan ends with this tab.`;
  return `This browser did not store the plan (${whyOf(error)}): it ends with this tab.`;
}
