// The losses on the GPU against float64, in both forms, and what holds between them without an oracle.
import { describe, expect, test } from "vitest";
import { AlignmentLoss } from "../../src/alignment/alignment_loss.ts";
import type { LossConfig, LossShape } from "../../src/alignment/loss_config.ts";
import { LOSS_KINDS, type LossKind, reads, TEMPERED_LOSSES, traitsOf } from "../../src/alignment/losses.ts";
import { expectClose } from "../support/close.ts";
import { withGpu } from "../support/gpu.ts";
import { drawBatch, expectedLoss, type LossInput, lossTolerance, peak, stepOnce } from "../support/losses.ts";

const gpu = withGpu();
/** Those that compare similarities: zero where student and teacher are the same. */
const RELATIONAL = LOSS_KINDS.filter((kind) => traitsOf(kind).compares !== "tokens");
/** Those that need a mask. */
const MASKED = LOSS_KINDS.filter((kind) => traitsOf(kind).queries === "moving");
/** The shape with as many channels on both sides, where a loss needs that. */
const fitting = (kind: LossKind, shape: LossShape): LossShape =>
  traitsOf(kind).channels === "equal" ? { ...shape, Ct: shape.Cs } : shape;
const FORMS = ["stored", "tiled"] as const;

async function build(kind: LossKind, shape: LossShape, input: LossInput, more: Partial<LossConfig> = {}) {
  const g = gpu();
  return AlignmentLoss.create(g, {
    kind,
    shape,
    teacher: g.input(input.teacher),
    student: g.input(input.student),
    ...(MASKED.includes(kind) && !more.motion ? { mask: input.mask, maxRho: 1 } : {}),
    ...more,
  });
}

async function expectRight(kind: LossKind, shape: LossShape, input: LossInput, more: Partial<LossConfig> = {}) {
  const { tau = 0.1, margin = 0.1 } = more;
  const loss = await build(kind, shape, input, more);
  const actual = await stepOnce(gpu(), loss);
  const expected = expectedLoss(kind, shape, input, { tau, margin });
  const rtol = lossTolerance(Math.max(shape.Ct, shape.Cs), reads(kind, "tau") ? tau : 1);
  // Values far below the largest one carry the rounding of their neighbours, hence atol relative to the peak.
  expectClose("loss", [actual.loss], [expected.loss], { rtol, atol: rtol * Math.max(1e-3, Math.abs(expected.loss)) });
  expectClose("perToken", actual.perToken, expected.perToken, { rtol, atol: rtol * peak(expected.perToken) + 1e-7 });
  expectClose("dStudent", actual.dStudent, expected.dStudent, { rtol, atol: rtol * peak(expected.dStudent) + 1e-9 });
  return actual;
}

describe.each(FORMS)("%s form against float64", (form) => {
  // 1, around a vec4, primes, around the tile of 16 and the workgroup of 64 columns, ragged multi-tile, two and three clips.
  const shapes: [B: number, F: number, S: number, Ct: number, Cs: number][] = [
    [1, 1, 1, 1, 1],
    [1, 1, 3, 3, 5],
    [1, 2, 2, 4, 4],
    [2, 3, 5, 7, 6],
    [1, 3, 21, 16, 13],
    [1, 5, 13, 17, 9],
    [2, 2, 32, 20, 31],
    [3, 1, 67, 5, 8],
    [1, 3, 47, 33, 70],
  ];
  test.each(shapes)("B=%i F=%i S=%i Ct=%i Cs=%i", async (B, F, S, Ct, Cs) => {
    for (const kind of LOSS_KINDS) {
      const shape = fitting(kind, { B, F, S, Ct, Cs });
      await expectRight(kind, shape, drawBatch(shape), { form });
    }
  });

  test.each([0.01, 0.05, 1, 20])("tau = %f", async (tau) => {
    const shape = { B: 1, F: 3, S: 20, Ct: 24, Cs: 12 };
    for (const kind of TEMPERED_LOSSES) await expectRight(kind, shape, drawBatch(shape, 2), { form, tau });
  });

  test("features of extreme size, a zero token and identical tokens", async () => {
    const shape = { B: 1, F: 2, S: 9, Ct: 12, Cs: 8 };
    const input = drawBatch(shape, 3);
    input.student.fill(0, 0, 8);
    input.teacher.fill(0, 12, 24);
    for (let i = 16; i < 24; i++) input.student[i] *= 1e12;
    for (let i = 24; i < 32; i++) input.student[i] *= 1e-4;
    input.student.set(input.student.subarray(40, 48), 48);
    for (const kind of RELATIONAL) {
      const { dStudent } = await stepOnce(gpu(), await build(kind, shape, input, { form }));
      expect(dStudent.every(Number.isFinite)).toBe(true);
      // A tiny token has a huge gradient and hides the others: compare each token at its own scale.
      const expected = expectedLoss(kind, shape, input, { tau: 0.1, margin: 0.1 }).dStudent;
      for (let i = 0; i < 18; i++) {
        const [a, e] = [dStudent.subarray(8 * i, 8 * i + 8), expected.subarray(8 * i, 8 * i + 8)];
        const allowed = lossTolerance(12, 0.1) * peak(e);
        expectClose(`${kind} token ${i}`, a, e, { rtol: 0, atol: 4 * allowed });
      }
    }
  });

  test("an empty mask and a mask of one token", async () => {
    const shape = { B: 2, F: 2, S: 5, Ct: 6, Cs: 7 };
    const input = drawBatch(shape, 4);
    const one = new Uint8Array(20);
    one[13] = 1;
    const { loss, dStudent } = await expectRight("mtsa", shape, { ...input, mask: new Uint8Array(20) }, { form });
    expect(loss).toBe(0);
    expect(peak(dStudent)).toBe(0);
    await expectRight("mtsa", shape, { ...input, mask: one }, { form });
  });
});

test("the real size once: F=8 S=64 C=192", async () => {
  const shape = { B: 1, F: 8, S: 64, Ct: 192, Cs: 192 };
  const input = drawBatch(shape, 5);
  const tsa = await expectRight("tsa", shape, input);
  const tiled = await stepOnce(gpu(), await build("tsa", shape, input, { form: "tiled" }));
  expectClose("tiled", tiled.dStudent, tsa.dStudent, { rtol: 1e-4, atol: 1e-5 * peak(tsa.dStudent) });
});

test("the products of a real GPU, whose tile is narrower, give the same", async () => {
  const shape = { B: 2, F: 3, S: 47, Ct: 33, Cs: 70 };
  const input = drawBatch(shape, 12);
  const g = gpu();
  const hardware = { ...g, adapter: { ...g.adapter, software: false } };
  for (const kind of TEMPERED_LOSSES) {
    const [teacher, student] = [g.input(input.teacher), g.input(input.student)];
    const masked = MASKED.includes(kind) ? { mask: input.mask, maxRho: 1 } : {};
    const loss = await AlignmentLoss.create(hardware, { kind, shape, teacher, student, ...masked });
    const expected = expectedLoss(kind, shape, input, { tau: 0.1, margin: 0.1 });
    const rtol = lossTolerance(70, 0.1);
    const { dStudent } = await stepOnce(g, loss);
    expectClose(kind, dStudent, expected.dStudent, { rtol, atol: rtol * peak(expected.dStudent) });
  }
});

describe("between losses", () => {
  const shape = { B: 2, F: 3, S: 23, Ct: 18, Cs: 22 };
  const input = drawBatch(shape, 6);

  test.each(LOSS_KINDS)("%s: two runs are equal to the last bit, in each form", async (kind) => {
    const own = fitting(kind, shape);
    for (const form of FORMS) {
      const loss = await build(kind, own, drawBatch(own, 7), { form });
      expect(await stepOnce(gpu(), loss)).toEqual(await stepOnce(gpu(), loss));
    }
  });

  test("a batch of two is the mean of two batches of one", async () => {
    const { B: _, ...clip } = shape;
    for (const kind of RELATIONAL) {
      const both = await stepOnce(gpu(), await build(kind, shape, input));
      const N = shape.F * shape.S;
      let mean = 0;
      for (const b of [0, 1]) {
        const half = <T extends Float32Array | Uint8Array>(data: T) =>
          data.slice((b * data.length) / 2, ((b + 1) * data.length) / 2) as T;
        const part = { teacher: half(input.teacher), student: half(input.student), mask: half(input.mask) };
        const one = await stepOnce(gpu(), await build(kind, { B: 1, ...clip }, part));
        mean += one.loss / 2;
        expectClose(`${kind} perToken`, both.perToken.subarray(b * N, (b + 1) * N), one.perToken, {
          rtol: 1e-6,
          atol: 0,
        });
        const doubled = half(both.dStudent).map((value) => 2 * value);
        expectClose(`${kind} dStudent`, doubled, one.dStudent, { rtol: 1e-4, atol: 1e-6 * peak(one.dStudent) });
      }
      expectClose(kind, [both.loss], [mean], { rtol: 1e-6, atol: 0 });
    }
  });

  test("M-TSA at rho 100 % is TSA", async () => {
    const motion = drawBatch({ ...shape, Cs: 1 }, 8).student.map(Math.abs);
    const tsa = await stepOnce(gpu(), await build("tsa", shape, input));
    const mtsa = await stepOnce(gpu(), await build("mtsa", shape, input, { motion, rho: 1 }));
    expectClose("loss", [mtsa.loss], [tsa.loss], { rtol: 1e-5, atol: 0 });
    expectClose("dStudent", mtsa.dStudent, tsa.dStudent, { rtol: 1e-4, atol: 1e-5 * peak(tsa.dStudent) });
  });

  test.each(FORMS)("%s: changing tau, margin, rho or the mask equals a fresh build", async (form) => {
    const motion = drawBatch({ ...shape, Cs: 1 }, 9).student;
    const moved = await build("mtsa", shape, input, { form, motion, rho: 0.6 });
    await stepOnce(gpu(), moved);
    moved.setParams({ tau: 0.03, rho: 0.25 });
    const fresh = await build("mtsa", shape, input, { form, motion, tau: 0.03, rho: 0.25, maxRho: 0.6 });
    expect(await stepOnce(gpu(), moved)).toEqual(await stepOnce(gpu(), fresh));
    moved.setMask(input.mask);
    const masked = await build("mtsa", shape, input, { form, mask: input.mask, tau: 0.03, maxRho: 0.6 });
    expect(await stepOnce(gpu(), moved)).toEqual(await stepOnce(gpu(), masked));
    for (const [kind, change] of [
      ["tsa", { tau: 0.3 }],
      ["trd", { margin: 0.02 }],
    ] as const) {
      const changed = await build(kind, shape, input, { form });
      await stepOnce(gpu(), changed);
      changed.setParams(change);
      expect(await stepOnce(gpu(), changed)).toEqual(
        await stepOnce(gpu(), await build(kind, shape, input, { form, ...change })),
      );
    }
  });

  test("setTeacher takes the new features; without it the kept statistics stay", async () => {
    const g = gpu();
    const teacher = g.input(input.teacher);
    const loss = await AlignmentLoss.create(g, { kind: "tsa", shape, teacher, student: g.input(input.student) });
    const before = await stepOnce(g, loss);
    const other = drawBatch(shape, 10).teacher;
    g.device.queue.writeBuffer(teacher, 0, other as Float32Array<ArrayBuffer>);
    expect(await stepOnce(g, loss)).toEqual(before);
    loss.setTeacher();
    const fresh = await build("tsa", shape, { ...input, teacher: other });
    expect(await stepOnce(g, loss)).toEqual(await stepOnce(g, fresh));
  });

  test("a student that equals the teacher has loss 0 and no gradient", async () => {
    const own = { ...shape, Ct: 22 };
    for (const kind of RELATIONAL) {
      const result = await stepOnce(gpu(), await build(kind, own, { ...input, teacher: input.student }));
      expect(result.loss).toBe(0);
      expect(peak(result.dStudent)).toBe(0);
    }
  });

  test("the gradient of every token is orthogonal to it", async () => {
    const { dStudent } = await stepOnce(gpu(), await build("mtsa", shape, input));
    for (let i = 0; i < shape.B * shape.F * shape.S; i++) {
      let [dot, size] = [0, 0];
      for (let c = 0; c < shape.Cs; c++) {
        dot += dStudent[i * shape.Cs + c] * input.student[i * shape.Cs + c];
        size += Math.abs(dStudent[i * shape.Cs + c] * input.student[i * shape.Cs + c]);
      }
      expect(Math.abs(dot)).toBeLessThanOrEqual(1e-4 * size + 1e-9);
    }
  });
});

describe("the step", () => {
  const shape = { B: 1, F: 4, S: 40, Ct: 32, Cs: 48 };
  const input = drawBatch(shape, 11);

  test.each(RELATIONAL)("%s cut into many chunks equals one submit", async (kind) => {
    for (const form of FORMS) {
      const whole = await build(kind, shape, input, { form });
      const cut = await build(kind, shape, input, { form, flopPerSubmit: 1e5 });
      let submits = 0;
      await cut.run(async () => {
        submits++;
      });
      expect(submits).toBeGreaterThan(10);
      const result = await gpu().readback.read(cut.dStudent);
      expect(result).toEqual((await stepOnce(gpu(), whole)).dStudent);
    }
  });

  test("nothing is allocated in a step, everything is freed at the end, and bytes is what is held", async () => {
    const g = gpu();
    for (const [kind, form] of LOSS_KINDS.flatMap((kind) => FORMS.map((form) => [kind, form] as const))) {
      const own = fitting(kind, shape);
      const before = g.buffers.bytes;
      const loss = await build(kind, own, drawBatch(own, 11), { form });
      const held = g.buffers.bytes;
      expect(Math.abs(loss.plan.bytes - loss.bytes)).toBeLessThan(64);
      await loss.run();
      expect(g.buffers.bytes).toBe(held);
      loss.destroy();
      expect(g.buffers.list().filter(({ label }) => label !== "input" && label !== "readback staging")).toEqual([]);
      expect(g.buffers.bytes).toBeGreaterThan(before); // the inputs are the caller's
    }
  });

  test("a run that is given up stops between submits and the next step is whole", async () => {
    const loss = await build("tsa", shape, input, { flopPerSubmit: 1e5 });
    await expect(loss.run(() => Promise.reject(new Error("stop")))).rejects.toThrow("stop");
    const expected = await stepOnce(gpu(), await build("tsa", shape, input));
    expect(await stepOnce(gpu(), loss)).toEqual(expected);
  });

  test("auto takes the tiled form when the budget is small, and says so when nothing fits", async () => {
    const needs = (await build("tsa", shape, input)).plan.bytes;
    expect((await build("tsa", shape, input)).plan.form).toBe("stored");
    expect((await build("tsa", shape, input, { memoryBudget: needs - 1 })).plan.form).toBe("tiled");
    await expect(build("tsa", shape, input, { memoryBudget: 1000 })).rejects.toThrow(/memoryBudget is 1000: raise it/);
  });
});

describe("wrong configurations are refused with both values and the remedy", () => {
  const shape = { B: 1, F: 2, S: 4, Ct: 3, Cs: 3 };
  const input = drawBatch(shape);
  test.each<[string, LossKind, Partial<LossConfig>, RegExp]>([
    ["tau", "tsa", { tau: -0.1 }, /tau must be > 0, got -0.1/],
    ["tau NaN", "tsa", { tau: Number.NaN }, /tau must be > 0, got NaN/],
    ["rho", "mtsa", { rho: 1.5 }, /0 < rho ≤ 1, got 1.5/],
    ["rho beyond maxRho", "mtsa", { rho: 0.5, maxRho: 0.2 }, /rho must be ≤ maxRho, got 0.5 > 0.2/],
    ["margin", "trd", { margin: -1 }, /margin must be ≥ 0, got -1/],
    ["unknown loss", "tsb" as LossKind, {}, /unknown loss "tsb": use one of tsa, mtsa, trd, repa/],
    ["unknown option", "tsa", { taus: 1 } as Partial<LossConfig>, /unknown option "taus"/],
    ["repa channels", "repa", { shape: { ...shape, Cs: 2 } }, /project the student to the teacher's 3 channels, got 2/],
    [
      "short buffer",
      "tsa",
      { shape: { ...shape, S: 9 } },
      /teacher buffer holds 96 bytes, \[1, 2, 9, 3\] f32 needs 216/,
    ],
    ["fractional shape", "tsa", { shape: { ...shape, F: 1.5 } }, /shape.F must be a whole number ≥ 1, got 1.5/],
    ["mask length", "mtsa", { mask: [1, 0] }, /mask has 2 values, \[1, 2, 4\] has 8/],
    ["mask value", "mtsa", { mask: [2, 0, 0, 0, 0, 0, 0, 0] }, /holds 0 and 1, got 2/],
    [
      "too many queries",
      "mtsa",
      { mask: Array(8).fill(1), maxRho: 0.25 },
      /keeps 8 tokens, there is room for 2.*maxRho ≥ 1.000/,
    ],
  ])("%s", async (_, kind, more, message) => {
    await expect(build(kind, shape, input, more)).rejects.toThrow(message);
  });

  test("a mask for tsa, mtsa without one, a wrong change later", async () => {
    const tsa = await build("tsa", shape, input);
    expect(() => tsa.setMask(input.mask)).toThrow(/tsa takes no mask/);
    expect(() => tsa.setParams({ tau: 0 })).toThrow(/tau must be > 0, got 0/);
    const g = gpu();
    const bare = { teacher: g.input(input.teacher), student: g.input(input.student) };
    const mtsa = await AlignmentLoss.create(g, { kind: "mtsa", shape, ...bare });
    expect(() => mtsa.steps()).toThrow(/call setMask or setMotion first/);
    expect(() => mtsa.setParams({ rho: 0.9 })).toThrow(/rho must be ≤ maxRho, got 0.9 > 0.2/);
  });
});
