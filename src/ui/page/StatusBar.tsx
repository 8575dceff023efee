import { useEffect, useState } from "react";
import { request } from "../../state/compute.ts";
import { useSession } from "../../state/session.ts";
import { useTraining } from "../../state/train/store.ts";
import type { Encoded, GpuMemory } from "../../worker/protocol.ts";
import { progressText } from "../controls/progress.ts";
import css from "./StatusBar.module.css";

/** What was computed, from what, how long it took and what it holds. */
export function StatusBar() {
  const encoded = useSession((session) => session.encoded);
  const timings = useSession((session) => session.correspondence?.timings);
  const progress = useSession((session) => session.progress);
  const memory = useMemory(encoded);
  return (
    <div className={css.bar}>
      {progress && (
        <span>
          {progressText(progress)}{" "}
          {progress.total > 1 && <progress aria-label="Progress" value={progress.done} max={progress.total} />}
        </span>
      )}
      {encoded && (
        <>
          <span>
            {encoded.grid.F} frames {encoded.inputSize.width}×{encoded.inputSize.height}, {encoded.grid.F}×
            {encoded.grid.H}×{encoded.grid.W} tokens
          </span>
          <span>{encodeText(encoded)}</span>
        </>
      )}
      {timings && (
        <span title={`kernels ${timings.kernelsMs.toFixed(1)} ms, readback ${timings.readbackMs.toFixed(1)} ms`}>
          query {timings.totalMs.toFixed(0)} ms
        </span>
      )}
      {memory && memory.bytes > 0 && (
        <span title={`${memory.buffers} buffers, at most ${megabytes(memory.peakBytes)} so far`}>
          {megabytes(memory.bytes)} on the GPU
        </span>
      )}
      <span className={css.private}>Your video never leaves this machine.</span>
    </div>
  );
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

function encodeText({ featuresFrom, provider, timings }: Encoded): string {
  if (featuresFrom === "file") return "features of your own file";
  if (featuresFrom === "shipped") return "features shipped with the clip";
  const seconds = ((timings.modelMs + timings.encodeMs) / 1000).toFixed(2);
  return `encoded in ${seconds} s${provider ? ` (${provider})` : ""}`;
}

/** Read again after each encode and when a run of Train comes or goes: between them the buffers stay as they are. */
function useMemory(encoded: Encoded | null): GpuMemory | undefined {
  const [memory, setMemory] = useState<GpuMemory>();
  const run = useTraining((training) => training.live);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the run is not read, but its buffers are counted
  useEffect(() => {
    if (encoded) void request({ type: "memory" }).then(setMemory);
  }, [encoded, run]);
  return memory;
}
