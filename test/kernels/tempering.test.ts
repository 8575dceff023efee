// Eq. 8 stands on the GPU in three layouts. Here they are held to one another and not to a twin: a kernel that is changed alone, even
// together with its twin, disagrees with the other two.
import { expect, test } from "vitest";
import frameLse from "../../shaders/alignment/frame_lse.wgsl";
import frameSoftmax from "../../shaders/alignment/frame_softmax.wgsl";
import softMatch from "../../shaders/alignment/soft_match.wgsl";
import temperedKlBackward from "../../shaders/alignment/tempered_kl_backward.wgsl";
import { foldRows } from "../../src/gpu/kernels.ts";
import { expectClose } from "../support/close.ts";
import { withGpu } from "../support/gpu.ts";
import { normals } from "../support/random.ts";

const gpu = withGpu();
const EPS32 = 2 ** -23;

test("each header names the others", () => {
  const kernels = [frameSoftmax, softMatch, frameLse];
  const fileOf = ({ name }: { name: string }) => name.replace("alignment/", "");
  for (const kernel of kernels) {
    const header = kernel.source.slice(0, kernel.source.indexOf("override"));
    expect(header).toContain("eq. 8");
    for (const other of kernels) if (other !== kernel) expect(header).toContain(fileOf(other));
  }
});

test.each([1, 0.1, 0.02])(
  "frame_softmax, soft_match and the kernels that train temper alike at tau = %f",
  async (tau) => {
    const g = gpu();
    const [F, H, W, Q] = [3, 4, 5, 8];
    const S = H * W;
    const [rows, Np] = [Q * F, F * S];
    // Rows of queries, [Q, F, S], and the same with keys down, [F·S, Q].
    const logits = normals(Q * F * S, 1).map((value) => Math.max(-1, Math.min(1, value / 3)));
    const keysDown = Float32Array.from({ length: Np * Q }, (_, i) => logits[(i % Q) * Np + Math.floor(i / Q)]);
    const [probs, matches, lse] = [g.output(rows * S), g.output(rows * 3), g.output(F * Q)];
    // A teacher that holds all positions alike: the gradient of the student's similarities is then p − 1/S.
    const [teacher, student] = [g.input(new Float32Array(Np * Q)), g.input(keysDown)];
    const teacherLse = g.input(new Float32Array(F * Q).fill(Math.log(S)));
    const sizes = { F, f0: 0, S, Q, ld: Q, tau };
    const input = g.input(logits);
    g.run(
      await g.kernels.bind(frameSoftmax, {
        buffers: { logits: input, probs },
        params: { rows, cols: S, tau },
        grid: foldRows(rows),
      }),
      await g.kernels.bind(softMatch, {
        buffers: { logits: input, matches },
        params: { rows, cols: S, W, tau },
        grid: [1],
      }),
      await g.kernels.bind(frameLse, { buffers: { R: student, lse }, params: sizes, grid: [1, F] }),
      await g.kernels.bind(temperedKlBackward, {
        buffers: { teacher, student, teacher_lse: teacherLse, student_lse: lse, counts: g.input(Uint32Array.of(Q)) },
        params: { ...sizes, q0: 0, scale: Q },
        grid: [1, F],
      }),
    );
    const shown = await g.readOutput(probs, rows * S);
    const G = await g.readback.read(student);
    const trained = Float32Array.from({ length: rows * S }, (_, i) => G[(i % Np) * Q + Math.floor(i / Np)] + 1 / S);
    // A logit is rounded to eps/τ on either side, and a gradient of p − 1/S loses eps of 1/S.
    const rtol = (8 / tau + 128) * EPS32;
    expectClose("frame_softmax against the losses", shown, trained, { rtol, atol: 4 * EPS32 });
    const positions = Float32Array.from({ length: rows * 2 }, (_, i) => {
      const p = trained.subarray(Math.floor(i / 2) * S, Math.floor(i / 2) * S + S);
      return p.reduce((sum, value, s) => sum + value * (i % 2 === 0 ? Math.floor(s / W) : s % W), 0);
    });
    const found = await g.readOutput(matches, rows * 3);
    const soft = Float32Array.from({ length: rows * 2 }, (_, i) => found[Math.floor(i / 2) * 3 + (i % 2)]);
    expectClose("soft_match against the losses", soft, positions, { rtol: 2 * rtol, atol: S * rtol });
  },
);
