/** What must hold while a run is alive: no other tab trains, and the screen does not put the machine to sleep. */

const LOCK = "tempered-train";

/** Who in this tab trains; both may. */
type Who = "projector" | "student";

/** The right to train: one tab has it. */
class TrainingLock {
  #release: (() => void) | undefined;
  /** Settles when what this tab let go of last is free again: a browser takes its time, and a plan's next run does not wait for it. */
  #freed: Promise<unknown> = Promise.resolve();
  #ends: Promise<unknown> = Promise.resolve();
  readonly #held = new Set<Who>();

  /** Takes it for this tab. @returns false when another tab has it */
  async hold(who: Who): Promise<boolean> {
    const ours = await this.#take();
    if (ours) this.#held.add(who);
    return ours;
  }

  async #take(): Promise<boolean> {
    if (this.#release) return true;
    await this.#freed;
    return new Promise((answer) => {
      const held = navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => {
        answer(lock !== null);
        if (!lock) return undefined;
        return new Promise<void>((done) => {
          this.#release = done;
        });
      });
      // Locks are storage to a browser: where that is blocked no tab can know of another, and none writes files.
      this.#ends = held.catch(() => answer(true));
    });
  }

  /** Lets another tab train, once nobody in this one does. */
  release(who: Who): void {
    this.#held.delete(who);
    if (this.#held.size > 0) return;
    if (!this.#release) return;
    this.#release();
    this.#release = undefined;
    this.#freed = this.#ends;
  }

  async isElsewhere(): Promise<boolean> {
    const { held = [] } = await navigator.locks.query().catch(() => ({ held: [] }));
    return !this.#release && held.some(({ name }) => name === LOCK);
  }
}

export const trainingLock = new TrainingLock();

/** Keeps the screen on while that is wanted; a browser without wake locks, or on low battery, may refuse. */
class WakeLock {
  readonly #wantedBy = new Set<Who>();
  #sentinel: WakeLockSentinel | undefined;

  /** A hidden tab loses its wake lock; it takes it again when it is back. */
  followVisibility(): void {
    document.addEventListener("visibilitychange", () => {
      if (this.#wantedBy.size > 0) void this.#take();
    });
  }

  want(who: Who, wanted: boolean): void {
    const before = this.#wantedBy.size;
    if (wanted) this.#wantedBy.add(who);
    else this.#wantedBy.delete(who);
    const now = this.#wantedBy.size;
    if (before === 0 && now > 0) void this.#take();
    else if (before > 0 && now === 0) {
      void this.#sentinel?.release();
      this.#sentinel = undefined;
    }
  }

  async #take(): Promise<void> {
    if (!("wakeLock" in navigator) || document.visibilityState !== "visible") return;
    const taken = await navigator.wakeLock.request("screen").catch(() => undefined);
    if (this.#wantedBy.size > 0) this.#sentinel = taken;
    else await taken?.release();
  }
}

export const wakeLock = new WakeLock();
