/** What must hold while a run is alive: no other tab trains, and the screen does not put the machine to sleep. */

const LOCK = "tempered-train";

/** The right to train: one tab has it. */
class TrainingLock {
  #release: (() => void) | undefined;

  /** Takes it for this tab. @returns false when another tab has it */
  hold(): Promise<boolean> {
    if (this.#release) return Promise.resolve(true);
    return new Promise((answer) => {
      const held = navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => {
        answer(lock !== null);
        if (!lock) return undefined;
        return new Promise<void>((done) => {
          this.#release = done;
        });
      });
      // Locks are storage to a browser: where that is blocked no tab can know of another, and none writes files.
      held.catch(() => answer(true));
    });
  }

  release(): void {
    this.#release?.();
    this.#release = undefined;
  }

  async isElsewhere(): Promise<boolean> {
    const { held = [] } = await navigator.locks.query().catch(() => ({ held: [] }));
    return !this.#release && held.some(({ name }) => name === LOCK);
  }
}

export const trainingLock = new TrainingLock();

/** Keeps the screen on while that is wanted; a browser without wake locks, or on low battery, may refuse. */
class WakeLock {
  #wanted = false;
  #sentinel: WakeLockSentinel | undefined;

  /** A hidden tab loses its wake lock; it takes it again when it is back. */
  followVisibility(): void {
    document.addEventListener("visibilitychange", () => {
      if (this.#wanted) void this.#take();
    });
  }

  want(wanted: boolean): void {
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    if (wanted) void this.#take();
    else {
      void this.#sentinel?.release();
      this.#sentinel = undefined;
    }
  }

  async #take(): Promise<void> {
    if (!("wakeLock" in navigator) || document.visibilityState !== "visible") return;
    const taken = await navigator.wakeLock.request("screen").catch(() => undefined);
    if (this.#wanted) this.#sentinel = taken;
    else await taken?.release();
  }
}

export const wakeLock = new WakeLock();
