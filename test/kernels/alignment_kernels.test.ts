// Each kernel of the losses on its own against its float64 twin, at two workgroup sizes; and the checkers against planted errors.
import { describe, expect, test } from "vitest";
import batchMean from "../../shaders/alignment/batch_mean.wgsl";
import frameLse from "../../shaders/alignment/frame_lse.wgsl";
import gatherQueries from "../../shaders/alignment/gather_queries.wgsl";
import gatherRows from "../../shaders/alignment/gather_rows.wgsl";
import gram from "../../shaders/alignment/gram.wgsl";
import gramBackward from "../../shaders/alignment/gram_backward.wgsl";
import normalizeTokens from "../../shaders/alignment/normalize_tokens.wgsl";
import normalizeTokensBackward from "../../shaders/alignment/normalize_tokens_backward.wgsl";
import querySums from "../../shaders/alignment/query_sums.wgsl";
import relationDistillation from "../../shaders/alignment/relation_distillation.wgsl";
import relationDistillationBackward from "../../shaders/alignment/relation_distillation_backward.wgsl";
import repa from "../../shaders/alignment/repa.wgsl";
import scatterRows from "../../shaders/alignment/scatter_rows.wgsl";
import temperedKl from "../../shaders/alignment/tempered_kl.wgsl";
import temperedKlBackward from "../../shaders/alignment/tempered_kl_backward.wgsl";
import temperedKlBackwardSymmetric from "../../shaders/alignment/tempered_kl_backward_symmetric.wgsl";
import * as reference from "../../src/reference/index.ts";
import { expectClose, firstDifference } from "../support/close.ts";
import { withGpu } from "../support/gpu.ts";
import { normals } from "../support/random.ts";

const gpu = withGpu();
const EPS32 = 2 ** -23;
const ceil4 = (n: number) => Math.ceil(n / 4) * 4;

/** Cosines [N, Q] as the kernels hold them: N rounded up to 4 rows of stride ld, the padding zero. */
function cosines(N: number, Q: number, ld: number, seed: number) {
  const dense = normals(N * Q, seed).map((value) => Math.max(-1, Math.min(1, value / 3)));
  const held = new Float32Array(ceil4(N) * ld);
  for (let j = 0; j < N; j++) held.set(dense.subarray(j * Q, (j + 1) * Q), j * ld);
  return { dense, held };
}
/** The [rows, Q] part of rows of stride ld. */
const crop = (held: Float32Array, rows: number, Q: number, ld: number) =>
  Float32Array.from({ length: rows * Q }, (_, i) => held[Math.floor(i / Q) * ld + (i % Q)]);

describe.each([{ WORKGROUP: 64 }, { WORKGROUP: 16 }])("workgroup $WORKGROUP", (constants) => {
  const groups = (n: number) => Math.ceil(n / constants.WORKGROUP);

  test.each([
    [1, 1],
    [3, 15],
    [6, 64],
    [13, 65],
    [301, 33],
  ])("normalize_tokens and its backward, N=%i C=%i", async (N, C) => {
    const g = gpu();
    const [Np, Cp] = [ceil4(N), ceil4(C)];
    const y = normals(N * C, 1);
    if (N > 1) y.fill(0, 0, C); // a zero token
    const [z, zT, norms, dy] = [g.output(Np * C), g.output(Cp * Np), g.output(Np), g.output(N * C)];
    const dz = normals(Np * C, 2);
    const params = { N, C, eps: 1e-6 };
    const grid = [groups(N)] as const;
    g.run(
      await g.kernels.bind(normalizeTokens, { buffers: { y: g.input(y), z, zT, norms }, params, grid, constants }),
      await g.kernels.bind(normalizeTokensBackward, {
        buffers: { dz: g.input(dz), z, norms, dy },
        params,
        grid,
        constants,
      }),
    );
    const expected = reference.l2Normalize(y, N, C);
    const tolerance = { rtol: 16 * EPS32, atol: EPS32 };
    expectClose("z", (await g.readOutput(z, Np * C)).subarray(0, N * C), expected.z, tolerance);
    expectClose("norms", (await g.readOutput(norms, Np)).subarray(0, N), expected.norms, tolerance);
    const columns = await g.readOutput(zT, Cp * Np);
    for (let i = 0; i < N; i++) {
      for (let c = 0; c < C; c++) {
        expect(columns[c * Np + i]).toBeCloseTo(expected.z[i * C + c], 6);
      }
    }
    // dz·z sums C products of size 1: eps·√C of it, divided by the norm, is left in every component.
    const backward = reference.l2NormalizeBackward(dz, expected.z, expected.norms, N, C);
    const actual = await g.readOutput(dy, N * C);
    for (let i = 0; i < N; i++) {
      const row = (values: ArrayLike<number>) => Array.prototype.slice.call(values, i * C, (i + 1) * C);
      const atol = (8 * EPS32 * (Math.sqrt(C) + 4)) / expected.norms[i];
      expectClose(`dy ${i}`, row(actual), row(backward), { rtol: 32 * EPS32, atol });
    }
  });

  test.each<[F: number, S: number, Q: number, ld: number, tau: number]>([
    [1, 1, 1, 4, 0.1],
    [2, 3, 15, 16, 0.02],
    [3, 7, 16, 16, 0.1],
    [2, 16, 17, 20, 1],
    [5, 13, 65, 72, 0.05],
    [4, 61, 131, 132, 30],
  ])("frame_lse, tempered_kl and its backward, F=%i S=%i Q=%i ld=%i tau=%f", async (F, S, Q, ld, tau) => {
    const g = gpu();
    const N = F * S;
    const [teacher, student] = [cosines(N, Q, ld, 3), cosines(N, Q, ld, 4)];
    const [teacherR, G] = [g.input(teacher.held), g.output(ceil4(N) * ld)];
    g.device.queue.writeBuffer(G, 0, student.held as Float32Array<ArrayBuffer>);
    const [lseT, lseS, kl] = [g.output(F * ld), g.output(F * ld), g.output(F * ld)];
    const params = { F, f0: 0, S, Q, ld, tau };
    const grid = [groups(ceil4(Q)), F, 1] as const;
    const scale = 0.7;
    const statistics = { teacher_lse: lseT, student_lse: lseS };
    const counts = g.input(Uint32Array.of(Q));
    g.run(
      await g.kernels.bind(frameLse, { buffers: { R: teacherR, lse: lseT }, params, grid, constants }),
      await g.kernels.bind(frameLse, { buffers: { R: G, lse: lseS }, params, grid, constants }),
      await g.kernels.bind(temperedKl, {
        buffers: { teacher: teacherR, student: G, ...statistics, kl },
        params,
        grid,
        constants,
      }),
      await g.kernels.bind(temperedKlBackward, {
        buffers: { teacher: teacherR, student: G, ...statistics, counts },
        params: { ...params, q0: 0, scale },
        grid,
        constants,
      }),
    );
    // A logit is rounded to eps/τ and the log of the sum to eps·log S; exp turns both into relative errors.
    const rtol = (8 / tau + 64) * EPS32;
    const rectangle = { F, S, Q };
    const lse = crop(await g.readOutput(lseT, F * ld), F, Q, ld);
    expectClose("lse", lse, reference.frameLse(teacher.dense, F, S, Q, tau), { rtol, atol: rtol });
    const expected = reference.temperedKl(teacher.dense, student.dense, rectangle, tau);
    // Terms fall with d², so a small KL keeps its digits: no absolute error but that of d itself, eps·log S, times d ~ √KL.
    const actual = crop(await g.readOutput(kl, F * ld), F, Q, ld);
    for (let i = 0; i < expected.length; i++) {
      const atol = rtol * Math.sqrt(expected[i]) + 1e-12;
      expectClose(`kl ${i}`, [actual[i]], [expected[i]], { rtol: 2 * rtol, atol });
    }
    const gradient = reference.temperedKlBackward(teacher.dense, student.dense, rectangle, tau, scale / Q);
    const held = await g.readOutput(G, ceil4(N) * ld);
    expectClose("G", crop(held, N, Q, ld), gradient, { rtol: 2 * rtol, atol: (2 * rtol * scale) / Q });
    for (let j = 0; j < N; j++) {
      for (let q = Q; q < ceil4(Q); q++) expect(held[j * ld + q]).toBe(0); // what the product reads behind Q
    }
  });

  test.each<[F: number, S: number, tau: number]>([
    [1, 1, 0.1],
    [2, 9, 0.05],
    [3, 22, 0.1],
  ])("tempered_kl_backward_symmetric is G + Gᵀ, F=%i S=%i tau=%f", async (F, S, tau) => {
    const g = gpu();
    const N = F * S;
    const Np = ceil4(N);
    const all = Array.from({ length: N }, (_, i) => i);
    const side = (seed: number) => {
      const z = reference.l2Normalize(normals(N * 6, seed), N, 6).z;
      const dense = Float32Array.from(reference.selfSimilarity(z, all, N, 6));
      const held = new Float32Array(Np * Np);
      for (let j = 0; j < N; j++) held.set(dense.subarray(j * N, (j + 1) * N), j * Np);
      return { dense, held };
    };
    const [teacher, student] = [side(1), side(2)];
    const [teacherR, W] = [g.input(teacher.held), g.output(Np * Np)];
    g.device.queue.writeBuffer(W, 0, student.held as Float32Array<ArrayBuffer>);
    const [lseT, lseS] = [g.output(F * Np), g.output(F * Np)];
    const params = { F, f0: 0, S, Q: N, ld: Np, tau };
    const grid = [groups(N), F, 1] as const;
    g.run(
      await g.kernels.bind(frameLse, { buffers: { R: teacherR, lse: lseT }, params, grid, constants }),
      await g.kernels.bind(frameLse, { buffers: { R: W, lse: lseS }, params, grid, constants }),
      await g.kernels.bind(temperedKlBackwardSymmetric, {
        buffers: { teacher: teacherR, student: W, teacher_lse: lseT, student_lse: lseS },
        params: { F, f0: 0, S, tau, scale: 1 },
        grid,
        constants,
      }),
    );
    const G = reference.temperedKlBackward(teacher.dense, student.dense, { F, S, Q: N }, tau, 1);
    const expected = G.map((value, i) => value + G[(i % N) * N + Math.floor(i / N)]);
    const rtol = (16 / tau + 64) * EPS32;
    expectClose("W", crop(await g.readOutput(W, Np * Np), N, N, Np), expected, { rtol, atol: rtol });
  });

  test.each<[F: number, S: number, Q: number, ld: number, margin: number]>([
    [1, 1, 1, 4, 0],
    [2, 7, 17, 20, 0.1],
    [3, 21, 66, 68, 0.3],
  ])("relation_distillation and its backward, F=%i S=%i Q=%i ld=%i margin=%f", async (F, S, Q, ld, margin) => {
    const g = gpu();
    const N = F * S;
    const [teacher, student] = [cosines(N, Q, ld, 5), cosines(N, Q, ld, 6)];
    const [teacherR, G, sums] = [g.input(teacher.held), g.output(ceil4(N) * ld), g.output(F * ld)];
    g.device.queue.writeBuffer(G, 0, student.held as Float32Array<ArrayBuffer>);
    g.run(
      await g.kernels.bind(relationDistillation, {
        buffers: { teacher: teacherR, student: G, sums },
        params: { F, f0: 0, S, Q, ld, margin },
        grid: [groups(Q), F],
        constants,
      }),
      await g.kernels.bind(relationDistillationBackward, {
        buffers: { teacher: teacherR, student: G },
        params: { keys: N, j0: 0, Q, ld, margin, scale: 0.5 },
        grid: [groups(ceil4(Q)), N],
        constants,
      }),
    );
    const rectangle = { F, S, Q };
    const expected = reference.relationDistillation(teacher.dense, student.dense, rectangle, margin);
    const rtol = S * EPS32;
    expectClose("sums", crop(await g.readOutput(sums, F * ld), F, Q, ld), expected, { rtol, atol: rtol });
    const gradient = reference.relationDistillationBackward(teacher.dense, student.dense, rectangle, margin, 0.5);
    expectClose("G", crop(await g.readOutput(G, ceil4(N) * ld), N, Q, ld), gradient, { rtol: 0, atol: 0 });
  });

  test.each<[F: number, S: number, Q: number, ld: number]>([
    [1, 1, 1, 4],
    [2, 7, 17, 20],
    [3, 21, 66, 68],
  ])("gram and its backward, F=%i S=%i Q=%i ld=%i", async (F, S, Q, ld) => {
    const g = gpu();
    const N = F * S;
    const [teacher, student] = [cosines(N, Q, ld, 5), cosines(N, Q, ld, 6)];
    const [teacherR, G, sums] = [g.input(teacher.held), g.output(ceil4(N) * ld), g.output(F * ld)];
    g.device.queue.writeBuffer(G, 0, student.held as Float32Array<ArrayBuffer>);
    g.run(
      await g.kernels.bind(gram, {
        buffers: { teacher: teacherR, student: G, sums },
        params: { F, f0: 0, S, Q, ld },
        grid: [groups(Q), F],
        constants,
      }),
      await g.kernels.bind(gramBackward, {
        buffers: { teacher: teacherR, student: G },
        params: { keys: N, j0: 0, Q, ld, scale: 0.5 },
        grid: [groups(ceil4(Q)), N],
        constants,
      }),
    );
    // A difference is rounded to eps of values of at most 1, its square to twice that, and S of them are added.
    const rtol = (S + 4) * EPS32;
    const expected = reference.RELATIONS.squares.forward(teacher.dense, student.dense, { F, S, Q });
    expectClose("sums", crop(await g.readOutput(sums, F * ld), F, Q, ld), expected, { rtol, atol: rtol });
    const held = await g.readOutput(G, ceil4(N) * ld);
    const gradient = teacher.dense.map((value, i) => student.dense[i] - value);
    expectClose("G", crop(held, N, Q, ld), gradient, { rtol: 2 * EPS32, atol: 2 * EPS32 });
    for (let j = 0; j < N; j++) for (let q = Q; q < ceil4(Q); q++) expect(held[j * ld + q]).toBe(0);
  });

  test("gather, scatter and the per-token map follow the query list of each clip", async () => {
    const g = gpu();
    const [B, N, C, F, ld, stride, q0, Q] = [2, 10, 5, 3, 8, 6, 1, 5];
    const [Np, Cp] = [ceil4(N), ceil4(C)];
    const lists = [
      [0, 2, 3, 7, 8, 9],
      [1, 4, 6],
    ];
    const queries = g.input(Uint32Array.from(lists.flatMap((list) => [...list, 0, 0, 0].slice(0, stride))));
    const counts = g.input(Uint32Array.from(lists.map((list) => list.length)));
    const [zT, z, sums] = [normals(B * Cp * Np, 1), normals(B * Np * C, 2), normals(B * F * ld, 3)];
    const [columns, rows, perToken, dz] = [
      g.output(B * Cp * ld),
      g.output(B * ld * C),
      g.output(B * N),
      g.output(B * Np * C),
    ];
    g.device.queue.writeBuffer(dz, 0, new Float32Array(B * Np * C));
    g.device.queue.writeBuffer(perToken, 0, new Float32Array(B * N));
    const rowParams = { C, tokens: Np, ld, q0, stride };
    g.run(
      await g.kernels.bind(gatherQueries, {
        buffers: { zT: g.input(zT), queries, counts, out: columns },
        params: { channels: Cp, tokens: Np, ld, q0, stride },
        grid: [groups(ld), Cp, B],
        constants,
      }),
      await g.kernels.bind(gatherRows, {
        buffers: { z: g.input(z), queries, counts, out: rows },
        params: rowParams,
        grid: [groups(C), ld, B],
        constants,
      }),
      await g.kernels.bind(scatterRows, {
        buffers: { rows, queries, counts, dz },
        params: rowParams,
        grid: [groups(C), ld, B],
        constants,
      }),
      await g.kernels.bind(querySums, {
        buffers: { sums: g.input(sums), queries, counts, per_token: perToken },
        params: { F, N, Q, ld, q0, stride, scale: 2 },
        grid: [groups(Q), 1, B],
        constants,
      }),
    );
    const expected = {
      columns: new Float32Array(B * Cp * ld),
      rows: new Float32Array(B * ld * C),
      perToken: new Float64Array(B * N),
      dz: new Float32Array(B * Np * C),
    };
    lists.forEach((list, b) => {
      list.slice(q0, q0 + Q).forEach((token, q) => {
        for (let c = 0; c < Cp; c++) expected.columns[(b * Cp + c) * ld + q] = zT[(b * Cp + c) * Np + token];
        for (let c = 0; c < C; c++) {
          expected.rows[(b * ld + q) * C + c] = z[(b * Np + token) * C + c];
          expected.dz[(b * Np + token) * C + c] = z[(b * Np + token) * C + c];
        }
        for (let f = 0; f < F; f++) expected.perToken[b * N + token] += 2 * sums[(b * F + f) * ld + q];
      });
    });
    expect(await g.readOutput(columns, B * Cp * ld)).toEqual(expected.columns);
    expect(await g.readOutput(rows, B * ld * C)).toEqual(expected.rows);
    expect(await g.readOutput(dz, B * Np * C)).toEqual(expected.dz);
    expectClose("perToken", await g.readOutput(perToken, B * N), expected.perToken, { rtol: 8 * EPS32, atol: EPS32 });
  });

  test.each([
    [1, 1, 3],
    [2, 300, 4],
  ])("batch_mean B=%i N=%i terms=%i", async (B, N, terms) => {
    const g = gpu();
    const perToken = normals(B * N, 7);
    const counts = Uint32Array.from({ length: B }, (_, b) => (b === 1 ? 0 : 5)); // a clip without queries
    const loss = g.output(1);
    const buffers = { per_token: g.input(perToken), counts: g.input(counts), loss };
    g.run(await g.kernels.bind(batchMean, { buffers, params: { B, N, terms }, grid: [1], constants }));
    const expected = perToken.reduce(
      (sum, value, i) => sum + value / (Math.max(1, counts[Math.floor(i / N)]) * terms * B),
      0,
    );
    expectClose("loss", await g.readOutput(loss, 1), [expected], { rtol: 1e-5, atol: 1e-5 });
  });

  test("repa", async () => {
    const g = gpu();
    const [N, C] = [13, 37];
    const Np = ceil4(N);
    const [teacher, student] = [normals(N * C, 8), normals(N * C, 9)];
    const rows = (values: ArrayLike<number>) => {
      const held = new Float32Array(Np * C);
      held.set(values);
      return g.input(held);
    };
    const { z, norms } = reference.l2Normalize(student, N, C);
    const [perToken, dy] = [g.output(N), g.output(N * C)];
    const buffers = {
      teacher: rows(reference.l2Normalize(teacher, N, C).z),
      student: rows(z),
      norms: g.input(Float32Array.from(norms)),
      per_token: perToken,
      dy,
    };
    const params = { N, C, eps: 1e-6, scale: 1 / N };
    g.run(await g.kernels.bind(repa, { buffers, params, grid: [groups(N)], constants }));
    const expected = reference.repa(teacher, student, N, C);
    expectClose("perToken", await g.readOutput(perToken, N), expected.perToken, { rtol: 1e-5, atol: 1e-6 });
    expectClose("dy", await g.readOutput(dy, N * C), expected.dStudent, { rtol: 1e-4, atol: 1e-6 });
  });
});

describe("the checkers catch a planted error", () => {
  const expected = Float32Array.from(normals(40, 1));
  const tolerance = { rtol: 1e-4, atol: 1e-6 };
  test.each<[string, (values: Float32Array) => Float32Array]>([
    ["a wrong sign", (values) => values.map((value) => -value)],
    ["a missing factor", (values) => values.map((value) => value / 2)],
    ["one NaN", (values) => values.fill(Number.NaN, 17, 18)],
    ["one element too few", (values) => values.subarray(1)],
  ])("%s", (_, plant) => {
    expect(firstDifference(expected.slice(), expected, tolerance)).toBeUndefined();
    expect(firstDifference(plant(expected.slice()), expected, tolerance)).toBeTypeOf("string");
  });

  test("one element past the end", async () => {
    const g = gpu();
    const perToken = g.output(3);
    // The list names token 3 of a clip of 3 tokens: the kernel writes one element too far, into the guard.
    const buffers = { sums: g.input(new Float32Array(4)), queries: g.input(Uint32Array.of(3)), per_token: perToken };
    const params = { F: 1, N: 3, Q: 1, ld: 4, q0: 0, stride: 1, scale: 1 };
    const counts = g.input(Uint32Array.of(1));
    g.run(await g.kernels.bind(querySums, { buffers: { ...buffers, counts }, params, grid: [1] }));
    await expect(g.readOutput(perToken, 3)).rejects.toThrow(/past the end/);
  });
});
