/** What the student's runs need to be hosted in Node: a thread that simulates, and devices on which a step is but noted. */
import { vi } from "vitest";
import { simulateIn } from "../../src/data/simulate.ts";
import type { SimulatorRequest } from "../../src/data/simulator_worker.ts";
import type { Gpu } from "../../src/gpu/gpu.ts";
import type { Pause } from "../../src/gpu/steps.ts";
import type { StudentRecipeInput } from "../../src/train/diffusion/recipe.ts";
import { DiffusionRun } from "../../src/train/diffusion/run.ts";
import { createWorld } from "../../src/world/world.ts";

/** Four steps over the four clips of a task, each looked at once; nothing of it needs a network but the clips. */
export const FOUR_STEPS: StudentRecipeInput = {
  ...{ start: "random", width: 16, depth: 1, heads: 1, task: "collide", clips: 4, loss: "none", given: 0 },
  ...{ batch: 1, steps: 4, samples: 1, evaluateEvery: 100 },
};

/** Simulates in this thread where the worker would start another. */
export async function stubSimulator(): Promise<void> {
  const world = await createWorld();
  class SimulatorHere {
    onmessage: ((event: { readonly data: unknown }) => void) | null = null;
    postMessage({ id, clip, teacher }: SimulatorRequest) {
      setTimeout(() => this.onmessage?.({ data: { id, simulated: simulateIn(world, clip, teacher) } }));
    }
    terminate() {}
  }
  vi.stubGlobal("Worker", SimulatorHere);
}

/** A step that was taken, and the seed of the clip that it read. */
export interface Taken {
  readonly gpu: Gpu;
  readonly t: number;
  readonly seed: number;
}

/**
 * Makes each run one that only notes what it is asked for.
 * @param during what happens in the middle of a step
 */
export function spyOnRuns(during: (t: number, pause: Pause) => Promise<void> = async () => {}) {
  const devices: Gpu[] = [];
  const taken: Taken[] = [];
  vi.spyOn(DiffusionRun, "create").mockImplementation(async (gpu, { clip }, state) => {
    devices.push(gpu);
    let { step } = state;
    return {
      clipsOf: (t: number) => [t - 1],
      step: async (t: number, pause: Pause) => {
        const { seed } = await clip(t - 1);
        await during(t, pause);
        taken.push({ gpu, t, seed });
        step = t;
      },
      collect: async () => [],
      measure: async () => ({ drawn: [], joint: null }),
      save: async () => ({ ...state, step }),
      destroy: () => {},
    } as unknown as DiffusionRun;
  });
  return { devices, taken };
}
