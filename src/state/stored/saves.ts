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

/**
 * Why a checkpoint could not be stored, as a sentence.
 * @param way how the user keeps the run all the same, as "Export the projector"
 */
export function diskSentence(error: unknown, savedStep: number | null, bytes: number, way: string): string {
  const kept = savedStep === null ? "nothing of this run is saved yet" : `the save of step ${savedStep} is kept`;
  if (error instanceof DOMException && error.name === "QuotaExceededError") {
    return `The disk has no room for this checkpoint of ${(bytes / 1e6).toFixed(1)} MB; training goes on, and ${kept}. Delete runs from the table, or ${way[0].toLowerCase()}${way.slice(1)}.`;
  }
  if (error instanceof DOMException && error.name === "SecurityError") {
    return `This browser blocks storage for this page (private browsing, or cookies are off), so runs end with this tab; training goes on, and ${kept}. ${way} to keep it, or allow storage and reload.`;
  }
  const why = error instanceof Error ? error.message : String(error);
  return `This browser did not store the checkpoint (${why}); training goes on, and ${kept}. ${way} to keep it.`;
}
