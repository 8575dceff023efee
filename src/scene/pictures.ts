/** When pictures are drawn and how sharp: one when something changed and none otherwise, coarser while a slow renderer moves. */

/**
 * Shares of the full pixel ratio while the camera moves, from the sharpest on, and the milliseconds from one picture to the
 * next that make the movement go on with the one after it.
 */
const STEPS = [
  { share: 1, slow: 33 },
  { share: 0.6, slow: 100 },
  { share: 0.4, slow: Infinity },
] as const;
/** Without a movement for so long the camera rests. */
const REST_MS = 200;

/** The clock of the screen: `requestAnimationFrame` and its undoing. */
export interface Ticks {
  request(tick: (nowMs: number) => void): number;
  cancel(handle: number): void;
}

/** Of the browser. */
const SCREEN: Ticks = {
  request: (tick) => requestAnimationFrame(tick),
  cancel: (handle) => cancelAnimationFrame(handle),
};

export class Pictures {
  readonly #draw: (share: number) => void;
  readonly #ticks: Ticks;
  #handle: number | null = null;
  #due = false;
  #moved = false;
  #movedMs: number | null = null;
  #step = 0;
  #drawn = 1;
  /** When the picture of a movement was begun whose time is still to be seen. */
  #begunMs: number | null = null;

  /** @param draw makes a picture with a share of the full pixel ratio, 1 at rest */
  constructor(draw: (share: number) => void, ticks: Ticks = SCREEN) {
    this.#draw = draw;
    this.#ticks = ticks;
  }

  /** Something has changed. */
  ask(): void {
    this.#due = true;
    this.#handle ??= this.#ticks.request(this.#tick);
  }

  /** The camera has moved: more of it may follow, and a sharp picture comes when it rests. */
  askMoving(): void {
    this.#moved = true;
    this.ask();
  }

  /** Makes the picture that is due, or would be, at once. */
  drawNow(): void {
    this.#due = false;
    this.#drawn = STEPS[this.#step].share;
    this.#draw(this.#drawn);
  }

  /** Draws nothing until it is asked again. */
  stop(): void {
    if (this.#handle !== null) this.#ticks.cancel(this.#handle);
    this.#handle = null;
    this.#due = false;
    this.#rest();
  }

  readonly #tick = (nowMs: number) => {
    this.#handle = null;
    this.#judge(nowMs);
    if (this.#moved) this.#movedMs = nowMs;
    else if (this.#movedMs !== null && nowMs - this.#movedMs >= REST_MS) this.#rest();
    if (this.#moved) this.#begunMs ??= nowMs;
    this.#moved = false;
    if (this.#due || (this.#movedMs === null && this.#drawn < 1)) this.drawNow();
    // Ticks go on without pictures until the camera rests: they tell how long a picture took, however rarely a pointer moves.
    if (this.#movedMs !== null) this.#handle ??= this.#ticks.request(this.#tick);
  };

  #rest(): void {
    this.#moved = false;
    this.#movedMs = null;
    this.#begunMs = null;
    this.#step = 0;
  }

  /** A picture took as long as the screen's next tick was away. */
  #judge(nowMs: number): void {
    if (this.#begunMs === null) return;
    const tookMs = nowMs - this.#begunMs;
    this.#begunMs = null;
    if (tookMs > STEPS[this.#step].slow) this.#step++;
  }
}
