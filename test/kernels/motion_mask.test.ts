// The motion mask of both engines against plain arithmetic, token by token.
import { expect, test } from "vitest";
import { CpuCorrespondence } from "../../src/alignment/correspondence/cpu.ts";
import { GpuCorrespondence } from "../../src/alignment/correspondence/gpu.ts";
import { motionTokens } from "../../src/video/tubelets.ts";
import goldensUrl from "../fixtures/motion_goldens.safetensors?url";
import { withGpu } from "../support/gpu.ts";
import { parseMotionGoldens } from "../support/motion_goldens.ts";

const gpu = withGpu();

test.each(["webgpu", "cpu"])("%s keeps the goldens' tokens", async (backend) => {
  const { cases } = parseMotionGoldens(new Uint8Array(await (await fetch(goldensUrl)).arrayBuffer()));
  expect(cases.length).toBeGreaterThan(0);
  for (const { name, pixels, size, patch, tubelet, rho, mask } of cases) {
    const engine = backend === "cpu" ? new CpuCorrespondence() : new GpuCorrespondence(gpu());
    const { Y, F, H, W, D } = motionTokens(pixels, size, patch, tubelet);
    await engine.setPixels(Y, { F, S: H * W, D });
    const found = await engine.mask(rho);
    expect([...found.mask], name).toEqual([...mask]);
    // Sums of bytes are whole and exact.
    expect(found.saliency.every(Number.isInteger), name).toBe(true);
    engine.destroy();
  }
});
