import { create } from "zustand";
import type { BenchResult } from "../../worker/protocol.ts";
import { onComputeEvent, request } from "../compute.ts";

/** Bench: what was measured on this GPU in this visit. */
export interface Bench {
  readonly running: { readonly what: string; readonly share: number } | null;
  readonly result: BenchResult | null;
  /** There is no GPU to measure. */
  readonly noGpu: boolean;
}

export const useBench = create<Bench>(() => ({ running: null, result: null, noGpu: false }));

export function startBench(): void {
  onComputeEvent((event) => {
    if (event.type === "bench-progress") useBench.setState({ running: { what: event.what, share: event.share } });
  });
}

export async function runBench(quick: boolean): Promise<void> {
  if (useBench.getState().running) return;
  useBench.setState({ running: { what: "starting", share: 0 } });
  const result = await request({ type: "bench", quick });
  useBench.setState({ running: null, noGpu: result === null, ...(result ? { result } : {}) });
}

export function stopBench(): void {
  const { running } = useBench.getState();
  if (!running) return;
  useBench.setState({ running: { ...running, what: `stopping after ${running.what} …` } });
  void request({ type: "bench-stop" });
}
