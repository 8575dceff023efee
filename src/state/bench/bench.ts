import { create } from "zustand";
import type { BenchResult, Failure } from "../../worker/protocol.ts";
import { askTelling, onComputeEvent } from "../compute.ts";

/** Bench: what was measured on this GPU in this visit. */
export interface Bench {
  /** The part that is being measured, and how much lies behind. */
  readonly running: { readonly what: string; readonly share: number } | null;
  /** The user has ended the last run; the one under way ends after its part. */
  readonly stopped: boolean;
  readonly result: BenchResult | null;
  /** Why the last run came to nothing. */
  readonly failure: Failure | null;
  /** There is no GPU to measure. */
  readonly noGpu: boolean;
}

export const useBench = create<Bench>(() => ({
  running: null,
  stopped: false,
  result: null,
  failure: null,
  noGpu: false,
}));

/** A request of Bench: its failure is Bench's own, and leaves the clip and its settings alone. */
const ask = askTelling((failure) => useBench.setState({ failure }));

export function startBench(): void {
  onComputeEvent((event) => {
    if (event.type === "bench-progress") useBench.setState({ running: { what: event.what, share: event.share } });
  });
}

export async function runBench(quick: boolean): Promise<void> {
  if (useBench.getState().running) return;
  useBench.setState({ running: { what: "starting", share: 0 }, stopped: false, failure: null });
  const result = await ask({ type: "bench", quick });
  // The last part may have been over before the stop came.
  useBench.setState({ running: null, noGpu: result === null, ...(result ? { result, stopped: false } : {}) });
}

export function stopBench(): void {
  const { running, stopped } = useBench.getState();
  if (!running || stopped) return;
  useBench.setState({ stopped: true });
  void ask({ type: "bench-stop" });
}
