// The tape itself: random small graphs against float64 central differences, and the memory that its tensors share.
import { describe, expect, test } from "vitest";
import * as siluKernel from "../../shaders/nn/silu.wgsl";
import { silu } from "../../src/nn/activation.ts";
import { add } from "../../src/nn/add.ts";
import { layernorm } from "../../src/nn/layernorm.ts";
import { linear } from "../../src/nn/linear.ts";
import { kernelTask, lengthOf, Tape, type Tensor } from "../../src/nn/tape.ts";
import * as reference from "../../src/reference/index.ts";
import { expectClose, firstDifference } from "../support/close.ts";
import { withGpu } from "../support/gpu.ts";
import { peak } from "../support/losses.ts";
import { normals, random } from "../support/random.ts";
import { planOf, runTape, type TapeRun } from "../support/tape.ts";

const gpu = withGpu();
const [R, C] = [5, 8];

/** A graph on the tape, and the same as a function in float64. */
interface Graph extends Omit<TapeRun, "order"> {
  readonly t: Tape;
  readonly leaves: readonly Tensor[];
  /** Σ head · gradient, for given leaves. */
  loss(leaves: readonly Float64Array[]): number;
}

/**
 * A random graph: every operation takes any tensor made before, so that some are read often and some never, an operation may read
 * one tensor twice, and gradients enter at the last and at one in the middle.
 */
function drawGraph(seed: number): Graph {
  const next = random(seed);
  const below = (n: number) => Math.floor(next() * n);
  const t = new Tape();
  const leaves: Tensor[] = [t.parameter("x0", [R, C]), t.parameter("x1", [R, C])];
  const made = [...leaves];
  const twins: ((at: (x: Tensor) => ArrayLike<number>) => ArrayLike<number>)[] = [];
  const weights = (name: string, shape: readonly number[]) => {
    const [w, b] = [t.parameter(`${name}.w`, shape), t.parameter(`${name}.b`, [C])];
    leaves.push(w, b);
    return { w, b };
  };
  for (let i = 0; i < 7; i++) {
    const [a, b] = [made[below(made.length)], made[below(made.length)]];
    const kind = below(4);
    if (kind === 0) {
      made.push(silu(t, a));
      twins.push((at) => reference.silu(at(a)));
    } else if (kind === 1) {
      made.push(add(t, a, b));
      twins.push((at) => Float64Array.from(at(a), (value, k) => value + at(b)[k]));
    } else if (kind === 2) {
      const p = weights(`linear${i}`, [C, C]);
      made.push(linear(t, a, p));
      twins.push((at) => reference.linear(at(a), { w: at(p.w), b: at(p.b) }, { R, K: C, O: C }));
    } else {
      const p = weights(`norm${i}`, [C]);
      made.push(layernorm(t, a, p));
      twins.push((at) => reference.layernorm(at(a), { w: at(p.w), b: at(p.b) }, { R, C, eps: 1e-5 }));
    }
  }
  const heads = [...new Set([made[4], made[made.length - 1]])];
  const entering = new Map(heads.map((head, i) => [head, normals(R * C, 1000 * seed + i)]));
  return {
    t,
    leaves,
    given: new Map(leaves.map((leaf, i) => [leaf, normals(lengthOf(leaf), 100 * seed + i)])),
    heads: entering,
    wanted: leaves,
    loss(values) {
      const found = new Map<Tensor, ArrayLike<number>>(leaves.map((leaf, i) => [leaf, values[i]]));
      const at = (x: Tensor) => found.get(x) ?? [];
      for (const [i, twin] of twins.entries()) found.set(made[2 + i], twin(at));
      let sum = 0;
      for (const [head, d] of entering) for (const [k, weight] of d.entries()) sum += weight * at(head)[k];
      return sum;
    },
  };
}

function differences({ leaves, given, loss }: Graph): Float64Array[] {
  const values = leaves.map((leaf) => Float64Array.from(given.get(leaf) ?? []));
  return values.map((own, i) =>
    own.map((value, k) => {
      const h = 1e-5 * Math.max(1, Math.abs(value));
      const along = (v: number) => loss(values.with(i, own.with(k, v)));
      return (along(value + h) - along(value - h)) / (2 * h);
    }),
  );
}

/** Seven layers of float32, each of sums of 8 products: some hundred eps of the largest value, with room for the norms' quotients. */
const tolerance = (expected: ArrayLike<number>) => ({ rtol: 1e-4, atol: 1e-4 * peak(expected) + 1e-6 });

describe("random graphs", () => {
  test.each(Array.from({ length: 12 }, (_, i) => i + 1))("number %i against central differences", async (seed) => {
    const graph = drawGraph(seed);
    const expected = differences(graph);
    const ran = await runTape(gpu(), graph.t, graph);
    for (const [i, leaf] of graph.leaves.entries()) {
      // A leaf that no head depends on is never written.
      if (expected[i].every((value) => value === 0)) continue;
      expectClose(`d ${leaf.name}`, ran.gradient(leaf), expected[i], tolerance(expected[i]));
    }
  });

  test("a backward in another order is found out", async () => {
    let caught = 0;
    for (const seed of [1, 2, 3, 4]) {
      const graph = drawGraph(seed);
      const expected = differences(graph);
      const ran = await runTape(gpu(), graph.t, { ...graph, order: (steps) => steps.toReversed() });
      const wrong = graph.leaves.some((leaf, i) => {
        if (expected[i].every((value) => value === 0)) return false;
        return firstDifference(ran.gradient(leaf), expected[i], tolerance(expected[i])) !== undefined;
      });
      if (wrong) caught++;
    }
    expect(caught).toBe(4);
  });
});

describe("memory", () => {
  test("what nobody reads again makes room, in both directions", () => {
    const chain = (trained: boolean) => {
      const t = new Tape();
      const x = trained ? t.parameter("x", [64, 64]) : t.data("x", [64, 64]);
      let y = x;
      for (let i = 0; i < 10; i++) y = silu(t, y);
      const run = { heads: new Map([[y, trained ? new Float32Array() : null]]), wanted: trained ? [x] : [] };
      return planOf(t, run).sizes;
    };
    // Forward only, two take turns. Trained, nine wait for the backward, and their gradients need one more: the others take the
    // places of what the backward has read.
    expect(chain(false)).toEqual([16384, 16384]);
    expect(chain(true)).toHaveLength(10);
  });

  test("an output that nothing depends on has no gradient", async () => {
    const t = new Tape();
    const x = t.parameter("x", [4]);
    const [y, unread] = [silu(t, x), silu(t, x)];
    const { backward, gradients } = t.schedule([y]);
    expect(backward).toHaveLength(1);
    expect(gradients.has(unread)).toBe(false);
    await expect(runTape(gpu(), t, { given: new Map(), heads: new Map([[y, null]]), wanted: [] })).rejects.toThrow(
      /tensor "x" \[4\] has no place/,
    );
  });

  test("an output that nobody reads, of an operation whose other one is read, has a gradient of zeros", async () => {
    const t = new Tape();
    const [x, values, dy] = [t.parameter("x", [4]), normals(4, 1), normals(4, 2)];
    const both = ["read", "unread"].map((name) => t.made(name, [4], [x]));
    const options = (add: 0 | 1) => ({ params: { n: 4, add }, grid: [1] as const, flop: 1 });
    t.push(
      both,
      both.map((y) => kernelTask(siluKernel.forward, { x, y }, options(0))),
      (gradients) =>
        both.map((y) => {
          const { into, add } = gradients.to(x)!;
          return kernelTask(siluKernel.backward, { x, dy: gradients.of(y), dx: into }, options(add));
        }),
    );
    const ran = await runTape(gpu(), t, {
      given: new Map([[x, values]]),
      heads: new Map([[both[0], dy]]),
      wanted: [x],
    });
    const expected = reference.siluBackward(values, dy);
    expectClose("d x", ran.gradient(x), expected, tolerance(expected));
  });
});
