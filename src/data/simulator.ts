import type { Simulated, Simulator } from "./simulate.ts";
import type { SimulatorReply, SimulatorRequest } from "./simulator_worker.ts";

/** Simulates in a thread of its own, so that whoever asks goes on training. Close it: the thread lives until then. */
export function simulatorThread(): Simulator {
  const worker = new Worker(new URL("./simulator_worker.ts", import.meta.url), { type: "module", name: "simulator" });
  return overWorker(worker);
}

/** The same over any worker that answers as `simulator_worker.ts` does. */
export function overWorker(worker: Worker): Simulator {
  const waiting = new Map<number, { resolve(simulated: Simulated): void; reject(error: Error): void }>();
  let next = 0;
  let broken: Error | null = null;
  const fail = (why: string) => {
    broken ??= new Error(`the thread that simulates stopped (${why}): reload the page and start again`);
    for (const { reject } of waiting.values()) reject(broken);
    waiting.clear();
  };
  worker.onmessage = ({ data }: MessageEvent<SimulatorReply>) => {
    if ("failure" in data) {
      fail(data.failure);
      return;
    }
    waiting.get(data.id)?.resolve(data.simulated);
    waiting.delete(data.id);
  };
  worker.onerror = ({ message }) => fail(message || "it could not be loaded");
  return {
    simulate(clip, teacher) {
      if (broken) return Promise.reject(broken);
      const id = next++;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        worker.postMessage({ id, clip, teacher } satisfies SimulatorRequest);
      });
    },
    close: () => worker.terminate(),
  };
}
