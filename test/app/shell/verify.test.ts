// `npm run verify` as a stranger uses it: PyTorch's truths as files, judged by its lines and its exit code.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { chromiumPath } from "../../../scripts/lib/chromium.mjs";
import { LOSS_KINDS } from "../../../src/alignment/losses.ts";
import { writeSafetensors } from "../../../src/formats/safetensors.ts";
import { parseGoldens } from "../../support/goldens.ts";

const folder = mkdtempSync(join(tmpdir(), "tempered-verify-"));
const goldens = parseGoldens(new Uint8Array(readFileSync("test/fixtures/alignment_goldens.safetensors")));

/** Writes a golden as a truth file; `scale` spoils the expected gradient. */
function truthFile(kind: string, scale = 1): string {
  const golden = goldens.find(({ loss }) => loss === kind);
  if (!golden) throw new Error(`no golden of ${kind}`);
  const { tau, margin, shape, teacher, student, mask, expected } = golden;
  const { F, S, Ct, Cs } = shape;
  const f32 = (data: Float64Array, ...sides: number[]) =>
    ({ dtype: "F32", shape: sides, data: Float32Array.from(data) }) as const;
  const path = join(folder, `${kind}-${scale}.safetensors`);
  const tensors = {
    teacher: f32(teacher, F, S, Ct),
    student: f32(student, F, S, Cs),
    mask: { dtype: "U8", shape: [F, S], data: Uint8Array.from(mask) } as const,
    loss: f32(Float64Array.of(expected.loss), 1),
    grad_student: f32(
      expected.dStudent.map((value) => value * scale),
      F,
      S,
      Cs,
    ),
  };
  writeFileSync(path, writeSafetensors(tensors, { loss: kind, tau: `${tau}`, margin: `${margin}` }));
  return path;
}

function verify(
  ...files: string[]
): Promise<{ code: number | null; lines: Record<string, unknown>[]; stderr: string }> {
  return verifyWith({}, ...files);
}

function verifyWith(env: Record<string, string>, ...files: string[]): ReturnType<typeof verify> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["scripts/verify.mjs", ...files], { env: { ...process.env, ...env } });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.on("close", (code) =>
      resolve({
        code,
        stderr,
        lines: stdout
          .trim()
          .split("\n")
          .filter(Boolean)
          .map((line) => JSON.parse(line)),
      }),
    );
  });
}

test("truths of all losses pass in both forms", async () => {
  const files = LOSS_KINDS.map((kind) => truthFile(kind));
  const { code, lines, stderr } = await verify(...files);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  expect(lines).toHaveLength(2 * LOSS_KINDS.length);
  for (const line of lines) {
    expect(Object.keys(line)).toEqual(expect.arrayContaining(["file", "name", "form", "loss", "expected", "pass"]));
    expect(line.pass).toBe(true);
    expect(line.loss_rel_error).toBeLessThan(1e-4);
    expect(line.grad_rel_error).toBeLessThan(1e-4);
  }
  expect(new Set(lines.map(({ form }) => form))).toEqual(new Set(["stored", "tiled"]));
});

test("a step of the diffusion student is one line", async () => {
  const { code, lines } = await verify("test/fixtures/student_step/mtsa.safetensors");
  expect(code).toBe(0);
  expect(lines).toMatchObject([{ name: "mtsa", pass: true }]);
  expect(Object.keys(lines[0])).toEqual([
    "file",
    "name",
    "loss_rel_error",
    "output_rel_error",
    "worst_tensor",
    "grad_rel_error",
    "pass",
  ]);
});

test("a gradient that is one in a thousand off fails with 1, a file that is none with 2 and a sentence", async () => {
  const off = await verify(truthFile("tsa", 1.001));
  expect(off.code).toBe(1);
  expect(off.lines.map(({ pass }) => pass)).toEqual([false, false]);
  const text = join(folder, "text.safetensors");
  writeFileSync(text, "this is no tensor");
  const malformed = await verify(text);
  expect(malformed.code).toBe(2);
  expect(malformed.stderr.trim().split("\n")).toHaveLength(1);
  // Nor does it, or one that is not there, keep others from being verified.
  const nowhere = join(folder, "nowhere.safetensors");
  const three = await verify(text, nowhere, truthFile("tsa"));
  expect(three.code).toBe(2);
  expect(three.lines.map(({ pass }) => pass)).toEqual([true, true]);
  expect(three.stderr.trim().split("\n").at(-1)).toBe(`2 of 3 could not be verified: ${text}, ${nowhere}`);
});

test("a machine without an adapter is at fault, not the files: one sentence and 1", async () => {
  const path = join(folder, "chromium");
  writeFileSync(path, `#!/bin/sh\nexec "${chromiumPath()}" "$@" --disable-gpu --disable-software-rasterizer\n`, {
    mode: 0o755,
  });
  const { code, lines, stderr } = await verifyWith({ CHROMIUM_PATH: path }, truthFile("tsa"), truthFile("mtsa"));
  expect({ code, lines }).toEqual({ code: 1, lines: [] });
  expect(stderr).toMatch(/^WebGPU found no adapter: .*\n$/);
});
