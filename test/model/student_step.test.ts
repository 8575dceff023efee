// A step of the diffusion student in real Chromium against PyTorch float64 (models/export/student_goldens.py): loss, output and the
// gradient of every parameter, for every loss and none; first frames given and not, prompts kept and dropped in every batch.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseSafetensors } from "../../src/formats/safetensors.ts";
import { createGpu, type Gpu } from "../../src/gpu/gpu.ts";
import { verifyStudent } from "../../src/headless/verify_student.ts";

const files = import.meta.glob<string>("../fixtures/student_step/*.safetensors", {
  query: "?url",
  import: "default",
  eager: true,
});

let gpu: Gpu;
beforeAll(async () => {
  gpu = await createGpu();
});
afterAll(() => gpu.destroy());

describe("a step of the student", () => {
  it.each(Object.entries(files))("%s: every gradient is PyTorch's", async (path, url) => {
    const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
    const line = await verifyStudent(gpu, path, parseSafetensors(bytes));
    expect(line.loss_rel_error).toBeLessThan(1e-5);
    expect(line.output_rel_error).toBeLessThan(1e-5);
    expect(line.grad_rel_error).toBeLessThan(1e-4);
    expect(line.pass).toBe(true);
  });
});
