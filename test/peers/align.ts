// One training step of the student, ours and the same jitted in jax-js, in turns on the same adapter.
import { blockUntilReady, defaultDevice, init, jit, lax, nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import { createGpu } from "../../src/gpu/gpu.ts";
import { toFile } from "../../src/student/parameters.ts";
import { type AlignData, studentInput } from "../../src/train/align_data.ts";
import { initialState, layoutOf, projectorConfig } from "../../src/train/align_design.ts";
import { AlignRun } from "../../src/train/align_run.ts";
import { ADAMW } from "../../src/train/optimizer.ts";
import { parseRecipe } from "../../src/train/recipe.ts";
import { normals, random } from "../support/random.ts";
import { type Cost, costOf, printCost, summariseCosts } from "./cost.ts";

const noPause = async () => {};

/** Noise of a clip's sizes: time does not depend on what is seen. */
function noise(F: number, H: number, W: number, patch: number, C: number): AlignData {
  const next = random(1);
  return {
    grid: { F, H, W },
    patch,
    inputs: 3 * patch * patch,
    seen: Float32Array.from({ length: F * H * W * 3 * patch * patch }, next),
    tubelet: 1,
    motion: Float64Array.from({ length: F * H * W }, next),
    teacher: Float32Array.from(normals(F * H * W * C, 2)),
    C,
    truthOf: () => null,
    trackOf: () => null,
  };
}

/** Each round times both once, so that a busy neighbour slows both. */
export async function compareAlign(runs: number) {
  const data = noise(8, 14, 20, 16, 64);
  const recipe = parseRecipe({ heldFrames: null, steps: 1000 });
  const layout = layoutOf(recipe, data);
  const state = initialState(recipe, data);
  const gpu = await createGpu();
  const align = await AlignRun.create(gpu, recipe, data, state);
  const peer = await jaxAlign(data);
  const [ours, theirs]: [Cost[], Cost[]] = [[], []];
  const losses: [number, number][] = [];
  for (let t = 1; t <= runs + 2; t++) {
    let own = Number.NaN;
    const mine = await costOf(async () => {
      await align.step(t, noPause);
      const [numbers] = await align.collect(true);
      own = numbers.loss;
    });
    let loss = Number.NaN;
    const other = await costOf(async () => {
      loss = await peer(t);
    });
    losses.push([own, loss]);
    if (t > 2) {
      ours.push(mine);
      theirs.push(other);
    }
    console.log(`align step, round ${t} of ${runs + 2}: ${printCost(mine)}, jax-js ${printCost(other)}`);
  }
  align.destroy();
  gpu.destroy();
  const [a, b] = [summariseCosts(ours), summariseCosts(theirs)];
  const ratio = { ms: b.ms.median / a.ms.median, cpuMs: b.cpuMs.median / a.cpuMs.median };
  return { tokens: 8 * 14 * 20, ours: a, jax: b, ratio, losses };

  /** jax-js: the projector, TSA, clipping and AdamW as its users write them, one jitted step; starts from our parameters. */
  async function jaxAlign({ grid: { F, H, W }, teacher, C }: AlignData) {
    if (!(await init("webgpu")).includes("webgpu")) throw new Error("jax-js found no WebGPU");
    defaultDevice("webgpu");
    const [N, S] = [F * H * W, H * W];
    const config = projectorConfig(recipe, data);
    const input = studentInput(data, recipe.trainFrames);
    type Tree = Record<string, np.Array>;
    const x = np.array(input).reshape([N, config.inputs]);
    const names: string[] = [];
    let params: Tree = {};
    for (const parameter of layout.parameters) {
      const { data, shape } = toFile(parameter, layout.view(state.tensors.parameters, parameter.name));
      names.push(parameter.name);
      params[parameter.name] = np.array(data as Float32Array<ArrayBuffer>).reshape([...shape]);
    }

    function unit(y: np.Array): np.Array {
      const norm = np.sqrt(np.square(y.ref).sum(1, { keepdims: true }));
      return y.div(np.maximum(norm, 1e-6));
    }
    function logCorrespondence(y: np.Array): np.Array {
      const z = unit(y);
      const R = np.matmul(z.ref, np.transpose(z));
      return nn.logSoftmax(R.div(recipe.tau).reshape([N, F, S]), -1);
    }
    const linear = (h: np.Array, p: Tree, name: string) =>
      np.matmul(h, np.transpose(p[`${name}.weight`])).add(p[`${name}.bias`]);
    function loss(p: Tree, x: np.Array, logTeacher: np.Array): np.Array {
      const h = linear(nn.silu(linear(nn.silu(linear(x, p, "linear1")), p, "linear2")), p, "linear3");
      const grid = np.transpose(h.reshape([1, F, H, W, recipe.hidden[2]]), [0, 4, 1, 2, 3]);
      const pad: [number, number] = [1, 1];
      const y = lax.convGeneralDilated(grid, p["conv.weight"], [1, 1, 1], [pad, pad, pad]);
      const features = np.transpose(y, [0, 2, 3, 4, 1]).reshape([N, C]).add(p["conv.bias"]);
      const logStudent = logCorrespondence(features);
      const kl = np.exp(logTeacher.ref).mul(logTeacher.sub(logStudent)).sum();
      return kl.div(N * F);
    }
    const { beta1, beta2, eps } = ADAMW;
    const step = jit((p: Tree, m: Tree, v: Tree, x: np.Array, logTeacher: np.Array, rate: np.Array, root: np.Array) => {
      const [value, gradients] = valueAndGrad(loss)(tree.ref(p), x, logTeacher) as [np.Array, Tree];
      let squares = np.array(0);
      for (const name of names) squares = squares.add(np.square(gradients[name].ref).sum());
      const norm = np.sqrt(squares).mul(recipe.lambda);
      const scale = np.minimum(np.array(1), np.array(recipe.clipNorm).div(norm.add(1e-6))).mul(recipe.lambda);
      const next: [Tree, Tree, Tree] = [{}, {}, {}];
      for (const name of names) {
        const g = gradients[name].mul(scale.ref);
        const first = m[name].mul(beta1).add(g.ref.mul(1 - beta1));
        const second = v[name].mul(beta2).add(np.square(g).mul(1 - beta2));
        const change = first.ref.mul(rate.ref).div(np.sqrt(second.ref).div(root.ref).add(eps));
        const decay = name.endsWith(".bias") ? 0 : recipe.weightDecay;
        next[0][name] = p[name].mul(1 - recipe.learningRate * decay).sub(change);
        next[1][name] = first;
        next[2][name] = second;
      }
      scale.dispose();
      rate.dispose();
      root.dispose();
      return [value, ...next] as [np.Array, Tree, Tree, Tree];
    });
    // The teacher's side does not change: both keep it.
    const logTeacher = jit(logCorrespondence)(np.array(teacher).reshape([N, C]));
    const zeros = () => Object.fromEntries(names.map((name) => [name, np.zeros(params[name].shape)])) as Tree;
    let [m, v] = [zeros(), zeros()];
    await blockUntilReady([x.ref, logTeacher.ref]);

    return async (t: number) => {
      const rate = np.array(recipe.learningRate / (1 - beta1 ** t));
      const root = np.array(Math.sqrt(1 - beta2 ** t));
      const out = await blockUntilReady(step(params, m, v, x.ref, logTeacher.ref, rate, root));
      params = out[1];
      m = out[2];
      v = out[3];
      return (await out[0].data())[0];
    };
  }
}
