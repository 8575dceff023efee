/** mulberry32: small, fast, and its whole state is one number, which a checkpoint holds. */
export class Random {
  constructor(public state: number) {}

  /** The next number in [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 to n − 1. */
  below(n: number): number {
    return Math.floor(this.next() * n);
  }
}

/** A seed that is a function of numbers, so that what is drawn for step 7 of seed 1 needs nothing of the steps before (lowbias32 over each). */
export function seedOf(...numbers: readonly number[]): number {
  let x = 0x9e3779b9;
  for (const number of numbers) {
    x = (x ^ (number >>> 0)) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d) >>> 0;
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b) >>> 0;
    x = (x ^ (x >>> 16)) >>> 0;
  }
  return x;
}
