/** How long parts of a work take that go on beside each other. */
export interface PartTime {
  /** Done so far. */
  readonly clips: number;
  /** Seconds in which at least one was being done. */
  readonly seconds: number;
}

export class PartTimes<Name extends string> {
  readonly #parts: Map<Name, { clips: number; ms: number; open: number; since: number }>;

  constructor(names: readonly Name[]) {
    this.#parts = new Map(names.map((name) => [name, { clips: 0, ms: 0, open: 0, since: 0 }]));
  }

  /** @param counts whether what came out is a clip of this part; it is where nothing is said */
  async measure<T>(name: Name, work: () => Promise<T>, counts?: (made: T) => unknown): Promise<T> {
    const part = this.#parts.get(name);
    if (!part) throw new Error(`${name} is no part of this work`);
    if (part.open++ === 0) part.since = performance.now();
    try {
      const made = await work();
      if (!counts || counts(made)) part.clips++;
      return made;
    } finally {
      if (--part.open === 0) part.ms += performance.now() - part.since;
    }
  }

  parts(): Record<Name, PartTime> {
    const now = performance.now();
    const entries = [...this.#parts].map(([name, { clips, ms, open, since }]) => {
      return [name, { clips, seconds: (ms + (open > 0 ? now - since : 0)) / 1000 }];
    });
    return Object.fromEntries(entries);
  }
}
