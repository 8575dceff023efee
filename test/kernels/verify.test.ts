// What `npm run verify` does with a file, without the shell: goldens pass in both forms, wrong numbers fail, broken files are named.
import { describe, expect, test } from "vitest";
import { type Tensor, writeSafetensors } from "../../src/formats/safetensors.ts";
import { verifyBound, verifyFile } from "../../src/headless/verify.ts";
import goldenUrl from "../fixtures/alignment_goldens.safetensors?url";
import { type Golden, parseGoldens } from "../support/goldens.ts";
import { withGpu } from "../support/gpu.ts";

const gpu = withGpu();
const goldens = parseGoldens(new Uint8Array(await (await fetch(goldenUrl)).arrayBuffer()));

function truth({ loss, tau, margin, shape: { F, S, Ct, Cs }, teacher, student, mask, expected }: Golden) {
  const f32 = (data: Float64Array, ...shape: number[]): Tensor => ({
    dtype: "F32",
    shape,
    data: Float32Array.from(data),
  });
  const tensors: Record<string, Tensor> = {
    teacher: f32(teacher, F, S, Ct),
    student: f32(student, F, S, Cs),
    mask: { dtype: "U8", shape: [F, S], data: Uint8Array.from(mask) },
    loss: f32(Float64Array.of(expected.loss), 1),
    grad_student: f32(expected.dStudent, F, S, Cs),
  };
  return { tensors, metadata: { loss: loss as string, tau: `${tau}`, margin: `${margin}` } };
}

test.each(goldens)("$name passes in both forms", async (golden) => {
  const { tensors, metadata } = truth(golden);
  const { lines, malformed } = await verifyFile(gpu(), "dir/a.safetensors", writeSafetensors(tensors, metadata));
  expect(malformed).toBeUndefined();
  expect(lines.map((line) => ({ name: line.name, form: "form" in line && line.form, pass: line.pass }))).toEqual([
    { name: "a", form: "stored", pass: true },
    { name: "a", form: "tiled", pass: true },
  ]);
});

test("a mask as torch saves it passes, and so does a tensor of another dtype beside the ones that are read", async () => {
  const { tensors, metadata } = truth(golden);
  const mask: Tensor = { ...tensors.mask, dtype: "BOOL" };
  const latents: Tensor = { dtype: "BF16", shape: [2], data: Uint16Array.of(1, 2) };
  const { lines, malformed } = await verifyFile(gpu(), "a", writeSafetensors({ ...tensors, mask, latents }, metadata));
  expect(malformed).toBeUndefined();
  expect(lines.map(({ pass }) => pass)).toEqual([true, true]);
});

const golden = goldens.find(({ name }) => name === "mtsa_ragged")!;

test.each<[string, (data: Float32Array) => Float32Array]>([
  ["a wrong sign", (data) => data.map((value) => -value)],
  ["a missing factor", (data) => data.map((value) => value / 2)],
  ["one wrong value", (data) => data.fill(data[7] + 0.01, 7, 8)],
])("a truth with %s in its gradient fails", async (_, plant) => {
  const { tensors, metadata } = truth(golden);
  const planted = {
    ...tensors.grad_student,
    data: Float32Array.from(plant(tensors.grad_student.data as Float32Array)),
  };
  const bytes = writeSafetensors({ ...tensors, grad_student: planted }, metadata);
  const { lines } = await verifyFile(gpu(), "a", bytes);
  expect(lines.map(({ pass }) => pass)).toEqual([false, false]);
});

describe("a malformed file is one sentence", () => {
  const { tensors, metadata } = truth(golden);
  const f32 = (shape: number[]): Tensor => ({
    dtype: "F32",
    shape,
    data: new Float32Array(shape.reduce((a, b) => a * b)),
  });
  const nan = { ...tensors.student, data: (tensors.student.data as Float32Array).slice().fill(Number.NaN, 3, 4) };
  const { mask: _mask, ...maskless } = tensors;
  test.each<[string, Record<string, Tensor>, Record<string, string>, RegExp]>([
    ["NaN", { ...tensors, student: nan }, metadata, /"student" holds NaN at value 3/],
    ["no mask", maskless, metadata, /mtsa needs a tensor "mask" U8 \[4,11\]/],
    ["missing tensor", { teacher: tensors.teacher }, metadata, /no tensor "student"/],
    ["dtype", { ...tensors, teacher: tensors.mask }, metadata, /"teacher" must be F32, got U8/],
    ["rank", { ...tensors, teacher: f32([4, 11]) }, metadata, /"teacher" must have 3 dimensions, got \[4,11\]/],
    ["other grid", { ...tensors, student: f32([4, 10, 17]) }, metadata, /F and S must be equal/],
    ["gradient shape", { ...tensors, grad_student: f32([4, 11, 10]) }, metadata, /grad_student is \[4,11,10\]/],
    ["loss shape", { ...tensors, loss: f32([2]) }, metadata, /loss is \[2\], it must be \[1\]/],
    [
      "mask value",
      { ...tensors, mask: { ...tensors.mask, data: golden.mask.map(() => 3) } },
      metadata,
      /holds 3 at value 0/,
    ],
    ["unknown loss", tensors, { ...metadata, loss: "l2" }, /must be one of tsa, .*, got "l2"/],
    ["no loss", tensors, { tau: "0.1" }, /must be one of .* got nothing/],
    ["tau", tensors, { ...metadata, tau: "-0.1" }, /tau must be > 0, got -0.1/],
    ["tau text", tensors, { ...metadata, tau: "warm" }, /"tau" must be a number as text, got "warm"/],
    ["no tau", tensors, { loss: "mtsa" }, /"tau" must be a number as text, got nothing/],
    ["repa channels", tensors, { ...metadata, loss: "repa" }, /repa needs C_teacher = C_student, got 10 and 17/],
  ])("%s", async (_, broken, described, message) => {
    const { malformed, lines } = await verifyFile(gpu(), "a", writeSafetensors(broken, described));
    expect(malformed).toMatch(message);
    expect(lines).toEqual([]);
  });

  test("a header longer than the file", async () => {
    const { malformed } = await verifyFile(gpu(), "a", Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 0, 1));
    expect(malformed).toMatch(/longer than the 1 bytes/);
  });
});

test("the bound is 1e-4 but for small τ", () => {
  const shape = { B: 1, F: 8, S: 64, Ct: 192, Cs: 192 };
  expect(verifyBound({ kind: "tsa", shape, tau: 0.1 })).toBe(1e-4);
  expect(verifyBound({ kind: "tsa", shape, tau: 0.01 })).toBeCloseTo(2.6e-4, 5);
  expect(verifyBound({ kind: "trd", shape, tau: 0.01 })).toBe(1e-4);
});
