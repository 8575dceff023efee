/** Something that a view wants to be there: the answer to a request. */
export interface Want<R> {
  readonly request: R;
  /**
   * What the answer is of, by identity: a clip, an encoding. Of another one the same request is wanted anew. An order, which is
   * carried out once, is of itself.
   */
  readonly of: object | null;
  /**
   * While an older want of the same part and turn is under way this one waits, and of those that wait only the newest is asked for:
   * a slider that is dragged shows something on its way. Without a turn a new want is asked for at once and replaces the older.
   */
  readonly turn?: string;
  /** Milliseconds for which it must be wanted before it is asked for. */
  readonly restMs?: number;
}

/** What a view wants, by part; an earlier part is asked for first. R: the request of each part. */
export type Wants<R> = { readonly [K in keyof R]?: Want<R[K]> | undefined };

interface Asked {
  readonly want: Want<unknown>;
  state: "under way" | "there" | "replaced" | "failed";
}

interface Resting {
  readonly want: Want<unknown>;
  readonly timer: ReturnType<typeof setTimeout>;
  over: boolean;
}

const same = (a: Want<unknown>, b: Want<unknown>): boolean =>
  a.of === b.of && (a.request === b.request || JSON.stringify(a.request) === JSON.stringify(b.request));

const reconcilers: { retry(): void; loseWhere(stale: (request: unknown) => boolean): void }[] = [];

/** Asks again for everything that failed and is still wanted, in all views. */
export function retryFailed(): void {
  for (const one of reconcilers) one.retry();
}

/** Answers to such requests are no longer what they were: `retryFailed` asks for them again, in all views. */
export function loseWhere(stale: (request: unknown) => boolean): void {
  for (const one of reconcilers) one.loseWhere(stale);
}

/** Whether any text in a request begins so. Bytes are not looked into: a student's are megabytes. */
export function mentions(request: unknown, start: string): boolean {
  if (typeof request === "string") return request.startsWith(start);
  if (typeof request !== "object" || request === null || ArrayBuffer.isView(request)) return false;
  return Object.values(request).some((part) => mentions(part, start));
}

/**
 * Keeps a view as its settings want it: `run`, called whenever something may have changed, asks for each part that is wanted, is not
 * there, and was not asked for yet. What failed is not asked for again until it is wanted otherwise, or `retry` is called.
 */
export class Reconciler<R extends object> {
  readonly #wanted: () => Wants<R>;
  readonly #parts: { readonly [K in keyof R]: (want: Want<R[K]>) => Promise<unknown> };
  readonly #failed: (error: unknown, want: Want<unknown>) => void;
  /** The newest want of each part that was asked for. */
  readonly #asked = new Map<keyof R, Asked>();
  readonly #resting = new Map<keyof R, Resting>();

  /**
   * @param wanted what is wanted now
   * @param parts asks for a part and puts the answer where it belongs; resolves to undefined where a newer request replaced it
   * @param failed is told of a part whose promise was rejected
   */
  constructor(
    wanted: () => Wants<R>,
    parts: { readonly [K in keyof R]: (want: Want<R[K]>) => Promise<unknown> },
    failed: (error: unknown, want: Want<unknown>) => void,
  ) {
    [this.#wanted, this.#parts, this.#failed] = [wanted, parts, failed];
    reconcilers.push(this);
  }

  run(): void {
    // To ask for a part may change what is wanted.
    while (this.#askNext());
  }

  /** A part that is there, or under way, turned out to be lost: `retry` asks for it again. */
  lose(part: keyof R): void {
    const asked = this.#asked.get(part);
    if (asked) asked.state = "failed";
  }

  loseWhere(stale: (request: unknown) => boolean): void {
    for (const asked of this.#asked.values()) if (stale(asked.want.request)) asked.state = "failed";
  }

  retry(): void {
    for (const [part, { state }] of this.#asked) if (state === "failed") this.#asked.delete(part);
    this.run();
  }

  #askNext(): boolean {
    const wanted = this.#wanted();
    for (const part of Object.keys(this.#parts) as (keyof R)[]) {
      const want = wanted[part];
      if (!want) this.#forget(part);
      else if (this.#isDue(part, want)) {
        void this.#ask(part, want);
        return true;
      }
    }
    return false;
  }

  /** What failed and is not wanted any more may be wanted again later. An order that is carried out may hold a whole checkpoint. */
  #forget(part: keyof R): void {
    const asked = this.#asked.get(part);
    const isOrder = asked?.want.of === asked?.want.request;
    if (asked?.state === "failed" || (asked?.state === "there" && isOrder)) this.#asked.delete(part);
  }

  #isDue(part: keyof R, want: Want<unknown>): boolean {
    const asked = this.#asked.get(part);
    if (asked && same(asked.want, want)) return false;
    if (want.turn !== undefined && asked?.state === "under way" && asked.want.turn === want.turn) return false;
    return want.restMs === undefined || this.#hasRested(part, want, want.restMs);
  }

  #hasRested(part: keyof R, want: Want<unknown>, restMs: number): boolean {
    const before = this.#resting.get(part);
    if (before && same(before.want, want)) return before.over;
    clearTimeout(before?.timer);
    const end = () => {
      resting.over = true;
      this.run();
    };
    const resting = { want, over: false, timer: setTimeout(end, restMs) };
    this.#resting.set(part, resting);
    return false;
  }

  async #ask<K extends keyof R>(part: K, want: Want<R[K]>): Promise<void> {
    const asked: Asked = { want, state: "under way" };
    this.#asked.set(part, asked);
    this.#resting.delete(part);
    try {
      const answer = await this.#parts[part](want);
      asked.state = answer === undefined ? "replaced" : "there";
    } catch (error) {
      asked.state = "failed";
      this.#failed(error, want);
    }
    const replaced = asked.state === "replaced" && this.#asked.get(part) === asked;
    if (replaced) this.#asked.delete(part);
    // What replaced it is under way, and says when it is over; to ask again at once would stop that in turn.
    const now = this.#wanted()[part];
    if (!(replaced && now && same(now, want))) this.run();
  }
}
