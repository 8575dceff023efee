/** The part of the protocol that Bench uses. */
import type { BenchResult } from "../../bench/bench.ts";

export type { BenchResult, LossBenchResult } from "../../bench/bench.ts";

/** Measures this GPU: the matmul peak, every loss with its kernels, the growth with N. Lets other requests in between. */
export interface BenchRequest {
  readonly type: "bench";
  /** Three runs of each thing and a smaller peak: a first impression, for slow adapters. */
  readonly quick: boolean;
}

/** Stops it after the part that is being measured. */
export interface BenchStopRequest {
  readonly type: "bench-stop";
}

export interface BenchProgress {
  readonly type: "bench-progress";
  readonly what: string;
  /** From 0 to 1. */
  readonly share: number;
}

/** null where there is no GPU to measure. */
export type BenchReply = BenchResult | null;
