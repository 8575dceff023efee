// What a step costs, beside a peer's: by the clock, and by the CPU time of the browser's GPU process.
import { summariseTimes } from "../../src/gpu/timing.ts";

/** CPU seconds that the browser's GPU process has used, from `npm run bench`: all of a software adapter's work is in them. */
declare global {
  var gpuProcessSeconds: (() => Promise<number>) | undefined;
}

export interface Cost {
  /** By the clock. */
  readonly ms: number;
  /** Of the GPU process; NaN where nobody counts them. What other programs do is not in it. */
  readonly cpuMs: number;
}

export async function costOf(step: () => Promise<unknown>): Promise<Cost> {
  const count = globalThis.gpuProcessSeconds ?? (() => Promise.resolve(Number.NaN));
  const before = await count();
  const started = performance.now();
  await step();
  const ms = performance.now() - started;
  return { ms, cpuMs: 1000 * ((await count()) - before) };
}

export function summariseCosts(costs: readonly Cost[]) {
  return { ms: summariseTimes(costs.map(({ ms }) => ms)), cpuMs: summariseTimes(costs.map(({ cpuMs }) => cpuMs)) };
}

export const printCost = ({ ms, cpuMs }: Cost): string => `${ms.toFixed(0)} ms (CPU ${cpuMs.toFixed(0)})`;
