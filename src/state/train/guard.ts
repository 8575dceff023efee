/** What must hold while a run is alive: no other tab trains, and the screen does not put the machine to sleep. */

const LOCK = "tempered-train";
let release: (() => void) | undefined;

/** Takes the right to train for this tab. @returns false when another tab has it */
export function holdTraining(): Promise<boolean> {
  if (release) return Promise.resolve(true);
  return new Promise((answer) => {
    const held = navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => {
      answer(lock !== null);
      if (!lock) return undefined;
      return new Promise<void>((done) => {
        release = done;
      });
    });
    // Locks are storage to a browser: where that is blocked no tab can know of another, and none writes files.
    held.catch(() => answer(true));
  });
}

export function releaseTraining(): void {
  release?.();
  release = undefined;
}

export async function anotherTabTrains(): Promise<boolean> {
  const { held = [] } = await navigator.locks.query().catch(() => ({ held: [] }));
  return !release && held.some(({ name }) => name === LOCK);
}

let wanted = false;
let sentinel: WakeLockSentinel | undefined;

/** Asks for the screen to stay on, or lets it go; a browser without wake locks, or on low battery, may refuse. */
export function keepAwake(running: boolean): void {
  if (running === wanted) return;
  wanted = running;
  if (running) void wake();
  else {
    void sentinel?.release();
    sentinel = undefined;
  }
}

async function wake(): Promise<void> {
  if (!("wakeLock" in navigator) || document.visibilityState !== "visible") return;
  const taken = await navigator.wakeLock.request("screen").catch(() => undefined);
  if (wanted) sentinel = taken;
  else await taken?.release();
}

/** A hidden tab loses its wake lock; it takes it again when it is back. */
export function followVisibility(): void {
  document.addEventListener("visibilitychange", () => {
    if (wanted) void wake();
  });
}
