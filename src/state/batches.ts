/** Between two renders of the charts: five a second are enough to watch, and leave the page to the pointer. */
const FLUSH_MS = 200;

/** What runs report, on its way into a store. */
export class Batches<E> {
  readonly #take: (batch: readonly E[]) => readonly E[];
  readonly #isLast: (event: E) => boolean;
  #waiting: readonly E[] = [];
  #flushedAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param take puts a batch into the store, and returns what it is too early for
   * @param isLast whether it may be that nothing comes after this event
   */
  constructor(take: (batch: readonly E[]) => readonly E[], isLast: (event: E) => boolean) {
    [this.#take, this.#isLast] = [take, isLast];
  }

  /**
   * Keeps an event for the next batch. A hidden tab's timers are held back, up to a minute, its messages are not: what is late is
   * seen to by the next event, so that a run in the background is saved as one in sight is.
   */
  readonly collect = (event: E): void => {
    this.#waiting = [...this.#waiting, event];
    if (this.#isLast(event) || performance.now() - this.#flushedAt >= FLUSH_MS) this.flush();
    else this.#timer ??= setTimeout(this.flush, FLUSH_MS);
  };

  /** Puts everything that has arrived into the store. */
  readonly flush = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushedAt = performance.now();
    this.#waiting = this.#take(this.#waiting);
  };
}
