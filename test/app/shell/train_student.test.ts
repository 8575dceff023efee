// `npm run train` as a stranger uses it: as a command, judged by its files and its exit code.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseSafetensors } from "../../../src/formats/safetensors.ts";

const folder = mkdtempSync(join(tmpdir(), "tempered-train-"));
const at = (name: string) => join(folder, name);
const json = (name: string) => JSON.parse(readFileSync(at(name), "utf8"));

/** A student small enough for a software adapter, taught by the world itself. */
const SMALL = [
  ...["--start", "random", "--width", "32", "--depth", "1", "--heads", "1", "--hidden", "16,16,16", "--block", "1"],
  ...["--task", "bounce", "--clips", "2", "--batch", "1", "--teacher", "world", "--tau", "0.2"],
  ...["--samples", "1", "--sampler-steps", "1", "--eval-every", "9"],
];

function train(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["scripts/tempered.mjs", "train", ...args]);
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

test("a run and its files, and its continuation from its checkpoint", { timeout: 240_000 }, async () => {
  const files = ["--checkpoint", at("two.safetensors"), "--out", at("two.json")];
  const two = await train(...SMALL, "--steps", "2", ...files);
  expect(two.stderr).toMatch(/^step 1 loss /m);
  expect(two.code).toBe(0);
  expect(two.stdout).toMatch(/^step 2: diffusion loss \d/m);
  expect(two.stdout).toMatch(/^1 clips drawn at step 2: [\d.]+ px off the simulator's, a still clip [\d.]+$/m);
  const run = json("two.json");
  expect(run.status).toBe("done");
  expect(run.recipe).toMatchObject({ loss: "mtsa", share: 0.5, lambda: null, task: "bounce", steps: 2, seed: 1 });
  expect(run.shape).toMatchObject({ width: 32, depth: 1, heads: 1, frames: 4, rows: 8 });
  expect(run.steps.map(({ step }: { step: number }) => step)).toEqual([1, 2]);
  for (const { loss, diffusion, alignment, lambda, grad_norm } of run.steps) {
    expect(diffusion > 0 && alignment > 0 && grad_norm > 0).toBe(true);
    expect(loss).toBeCloseTo(diffusion + lambda * alignment, 4);
  }
  expect(run.samples.map(({ step }: { step: number }) => step)).toEqual([0, 2]);
  for (const { prompt, centre_error, still_error, sa, pc } of run.samples) {
    expect(prompt).toMatch(/bounces/);
    expect(centre_error > 0 && still_error > 0).toBe(true);
    expect(sa >= 0 && sa <= 1 && pc >= 0 && pc <= 1).toBe(true);
  }
  const { tensors, metadata } = parseSafetensors(readFileSync(at("two.safetensors")));
  // PyTorch's names and layout: models/pretrain starts from it.
  expect(tensors.get("transformer_blocks.0.ff.fc1.weight")?.shape).toEqual([128, 32]);
  expect(tensors.get("ema.proj.weight")?.shape).toEqual([32, 48]);
  expect(JSON.parse(metadata.recipe)).toMatchObject({ steps: 2 });

  // That it is bit-equal to not having stopped is for test/model/diffusion_run.test.ts.
  const more = await train("--resume", at("two.safetensors"), "--steps", "3", "--out", at("two.json"));
  expect(more.code).toBe(0);
  const whole = json("two.json");
  expect(whole).toMatchObject({ status: "done", shape: run.shape, recipe: { ...run.recipe, steps: 3 } });
  // Into the file that it goes on with: what was there stays.
  expect(whole.steps.slice(0, 2)).toEqual(run.steps);
  expect(whole.steps.map(({ step }: { step: number }) => step)).toEqual([1, 2, 3]);
});

test.each([
  ["an unknown task", [...SMALL, "--task", "soup"], /a task is one of everything, .*, got soup/],
  ["no such block", [...SMALL, "--depth", "2", "--block", "3"], /the student has 2 blocks, got block 3/],
])("%s is one sentence and exit code 2", async (_, args, sentence) => {
  const { code, stdout, stderr } = await train(...args, "--clips", "2", "--out", at("none.json"));
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(sentence);
});
