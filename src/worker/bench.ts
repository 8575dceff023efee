import { runBench } from "../bench/bench.ts";
import type { BenchReply } from "./protocol.ts";
import type { Running, Workspace } from "./workspace.ts";

export async function bench({ compute, emit }: Workspace, { pause }: Running): Promise<BenchReply> {
  if (!compute.gpu) return null;
  return runBench(compute.gpu, {}, async (what, share) => {
    emit({ type: "bench-progress", what, share });
    await pause();
  });
}
