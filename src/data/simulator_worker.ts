/** The second thread: simulates while the first one trains. It answers in the order in which it was asked. */
import { createWorld } from "../world/world.ts";
import { type Simulated, simulateIn } from "./simulate.ts";
import type { TaskClip } from "./task.ts";

export interface SimulatorRequest {
  readonly id: number;
  readonly clip: TaskClip;
  readonly teacher: boolean;
}

export type SimulatorReply = { readonly id: number; readonly simulated: Simulated } | { readonly failure: string };

const world = createWorld();

self.onmessage = async ({ data: { id, clip, teacher } }: MessageEvent<SimulatorRequest>) => {
  try {
    const simulated = simulateIn(await world, clip, teacher);
    self.postMessage({ id, simulated } satisfies SimulatorReply, { transfer: buffersOf(simulated) });
  } catch (cause) {
    // The engine did not start: then no clip will come.
    self.postMessage({ failure: cause instanceof Error ? cause.message : String(cause) } satisfies SimulatorReply);
  }
};

function buffersOf(simulated: Simulated): ArrayBuffer[] {
  if ("problem" in simulated) return [];
  const { frames, truth, teacher } = simulated;
  return [frames.buffer, truth.center.buffer, ...(teacher ? [teacher.halves.buffer] : [])];
}
