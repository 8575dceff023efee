import { runBench } from "../bench/bench.ts";
import { studentDesign } from "../bench/student.ts";
import type { BenchReply, BenchRequest } from "./protocol.ts";
import type { Running, Workspace } from "./workspace.ts";

/** Few enough numbers for a software adapter to be done in seconds. */
const QUICK = { runs: 3, peakEdge: 256, scaling: [16, 32, 64], student: studentDesign(1) };

export async function bench(
  { compute, emit }: Workspace,
  { quick }: BenchRequest,
  { pause }: Running,
): Promise<BenchReply> {
  if (!compute.gpu) return null;
  return runBench(compute.gpu, quick ? QUICK : {}, async (what, share) => {
    await pause();
    emit({ type: "bench-progress", what, share });
  });
}
