/**
 * A small seeded generator (mulberry32) in whole numbers, so that its values are the same to the bit in every engine.
 * Every clip owns one per purpose; nothing is shared.
 */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number in [0, 2³²). */
  integer(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** In [0, 1). */
  next(): number {
    return this.integer() / 2 ** 32;
  }

  /** A whole number from 0 to n − 1. */
  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  /** In [low, high). */
  range([low, high]: readonly [number, number]): number {
    return low + (high - low) * this.next();
  }

  /** In (−reach, reach). */
  around(reach: number): number {
    return (2 * this.next() - 1) * reach;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)];
  }
}

/** One 32-bit seed from a text and a number (FNV-1a over both): separate streams for separate purposes. */
export function seedOf(text: string, number: number): number {
  let hash = 0x811c9dc5;
  const take = (byte: number) => {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  };
  for (let i = 0; i < text.length; i++) take(text.charCodeAt(i) & 255);
  for (let shift = 0; shift < 32; shift += 8) take((number >>> shift) & 255);
  return hash;
}
