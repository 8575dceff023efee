// The student's training step as a user of jax-js writes it: one jit of valueAndGrad, clipping, AdamW and the moving average.
import { blockUntilReady, defaultDevice, init, jit, lax, nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import type { ArenaLayout } from "../../src/nn/arena.ts";
import { toFile } from "../../src/student/parameters.ts";
import { alphas } from "../../src/student/schedule.ts";
import { positionTable, timestepEmbedding } from "../../src/student/tables.ts";
import type { StepBatch, StepDesign } from "../../src/train/diffusion/step.ts";
import { ADAMW, type OptimizerOptions } from "../../src/train/optimizer.ts";

type Tree = Record<string, np.Array>;

export interface JaxStudent {
  /** Takes step t (from 1) and returns its loss. */
  step(t: number): Promise<number>;
  /** Gradients by parameter, in our layout, of the parameters as they are. */
  gradients(): Promise<Map<string, Float32Array>>;
}

/** What a step reads beside the parameters. */
type Data = Record<"x" | "x0" | "sinusoids" | "words" | "given" | "asked" | "queries" | "logTeacher", np.Array>;

export async function jaxStudent(
  { shape, B, alignment }: StepDesign,
  layout: ArenaLayout,
  parameters: Float32Array<ArrayBuffer>,
  batch: Required<Omit<StepBatch, "asked">>,
  options: OptimizerOptions,
): Promise<JaxStudent> {
  if (!alignment) throw new Error("the peer's step has an alignment loss");
  if (!(await init("webgpu")).includes("webgpu")) throw new Error("jax-js found no WebGPU");
  defaultDevice("webgpu");
  const { frames, rows, width, depth, heads, values, words: L, time_width } = shape;
  const { block, channels, hidden, tau } = alignment;
  const S = rows ** 2;
  const N = frames * S;
  const T = L + N;
  const F = 2 * frames;

  // Weights of linear layers are [in, out], as jax has them and ours are; the convolution's are PyTorch's, which lax takes.
  const names = layout.parameters.map(({ name }) => name);
  let params: Tree = {};
  for (const parameter of layout.parameters) {
    const own = layout.view(parameters, parameter.name);
    const { data, shape } =
      parameter.layout === "conv" ? toFile(parameter, own) : { data: own, shape: parameter.shape };
    params[parameter.name] = np.array(data as Float32Array<ArrayBuffer>).reshape([...shape]);
  }

  const f32 = (data: ArrayLike<number>, shape: number[]) => np.array(Float32Array.from(data)).reshape(shape);
  // Constants of the model.
  const positions = f32(positionTable(shape), [N, width]);
  const first = f32(
    Array.from({ length: N }, (_, n) => (n < S ? 1 : 0)),
    [N, 1],
  );
  const isText = np.array(Array.from({ length: T }, (_, r) => r < L)).reshape([1, T, 1]);
  // Linear interpolation to twice the frames, clamped at the ends.
  const between = Array.from({ length: F * frames }, (_, i) => {
    const [g, f] = [Math.floor(i / frames), i % frames];
    const near = Math.floor(g / 2);
    const far = Math.min(frames - 1, Math.max(0, g % 2 === 0 ? near - 1 : near + 1));
    return (f === near ? 0.75 : 0) + (f === far ? 0.25 : 0);
  });
  const doubling = f32(between, [F, frames]);

  const linear = (x: np.Array, p: Tree, name: string) =>
    np.matmul(x, p[`${name}.weight`].ref).add(p[`${name}.bias`].ref);
  const norm = (x: np.Array, p: Tree, name: string, epsilon: number) =>
    nn.standardize(x, -1, { epsilon }).mul(p[`${name}.weight`].ref).add(p[`${name}.bias`].ref);
  /** A part of adaLN's numbers for each row: those of the prompt where it is one. */
  const each = (video: np.Array, text: np.Array) =>
    np.where(isText.ref, text.reshape([B, 1, width]), video.reshape([B, 1, width]));

  function branch(h: np.Array, time: np.Array, p: Tree, name: string, n: string, inner: (x: np.Array) => np.Array) {
    const parts = np.split(linear(time, p, `${name}.${n}.linear`), 6, 1);
    const [shift, scale, gate] = [0, 1, 2].map((i) => each(parts[i], parts[3 + i]));
    const x = norm(h.ref, p, `${name}.${n}.norm`, 1e-5).mul(scale.add(1)).add(shift);
    return h.add(gate.mul(inner(x)));
  }

  function attention(x: np.Array, p: Tree, name: string): np.Array {
    const side = (x: np.Array, which: string) =>
      linear(x, p, `${name}.to_${which}`).reshape([B, T, heads, width / heads]);
    const q = norm(side(x.ref, "q"), p, `${name}.norm_q`, 1e-6);
    const k = norm(side(x.ref, "k"), p, `${name}.norm_k`, 1e-6);
    const y = nn.dotProductAttention(q, k, side(x, "v"));
    return linear(y.reshape([B, T, width]), p, `${name}.to_out`);
  }

  const video = (h: np.Array) => h.slice([], [L, T], []);

  function unit(y: np.Array): np.Array {
    const length = np.sqrt(np.square(y.ref).sum(-1, { keepdims: true }));
    return y.div(np.maximum(length, 1e-6));
  }
  /** Log correspondences of the queries [B, Q, F, S] of features [B, F · S, C]; queries as one-hot rows [B, Q, F · S]. */
  function logCorrespondence(y: np.Array, queries: np.Array): np.Array {
    const z = unit(y);
    const asking = np.einsum("bqn,bnc->bqc", queries, z.ref);
    const R = np.einsum("bqc,bnc->bqn", asking, z);
    return nn.logSoftmax(R.div(tau).reshape([B, -1, F, S]), -1);
  }

  function loss(p: Tree, d: Data): np.Array {
    const embedded = linear(nn.silu(linear(d.sinusoids, p, "time_embedding.linear_1")), p, "time_embedding.linear_2");
    const time = nn.silu(embedded);
    const marked = d.given.reshape([B, 1, 1]).mul(first.ref).mul(p.given.ref);
    const tokens = linear(d.x, p, "proj").add(positions.ref).add(marked);
    // jax-js 0.1.25 cannot jit the gradient of take: "routine primitive scatter input is not imm".
    const text = np.matmul(nn.oneHot(d.words, shape.vocabulary), p.text_embedding.ref).add(p.text_positions.ref);
    let h = np.concatenate([text, tokens], 1);
    let aligned: np.Array | undefined;
    for (let i = 0; i < depth; i++) {
      const name = `transformer_blocks.${i}`;
      h = branch(h, time.ref, p, name, "norm1", (x) => attention(x, p, `${name}.attn1`));
      h = branch(h, time.ref, p, name, "norm2", (x) =>
        linear(nn.gelu(linear(x, p, `${name}.ff.fc1`)), p, `${name}.ff.fc2`),
      );
      if (i + 1 === block) aligned = video(h.ref);
    }
    if (!aligned) throw new Error("no features were taken");
    const [shift, scale] = np.split(linear(time, p, "norm_out.linear"), 2, 1);
    const last = norm(norm(video(h), p, "norm_final", 1e-5), p, "norm_out.norm", 1e-5)
      .mul(scale.reshape([B, 1, width]).add(1))
      .add(shift.reshape([B, 1, width]));
    const output = linear(last, p, "proj_out");
    const diffusion = np.square(output.sub(d.x0)).mul(d.asked).sum();

    let y = linear(aligned, p, "projector.linear1");
    y = linear(nn.silu(y), p, "projector.linear2");
    y = linear(nn.silu(y), p, "projector.linear3");
    y = np.einsum("gf,bfsc->bcgs", doubling.ref, y.reshape([B, frames, S, hidden[2]]));
    const pad: [number, number] = [1, 1];
    const grid = y.reshape([B, hidden[2], F, rows, rows]);
    const convolved = lax.convGeneralDilated(grid, p["projector.conv.weight"].ref, [1, 1, 1], [pad, pad, pad]);
    const features = np
      .transpose(convolved, [0, 2, 3, 4, 1])
      .reshape([B, F * S, channels])
      .add(p["projector.conv.bias"].ref);
    const logStudent = logCorrespondence(features, d.queries);
    const kl = np.exp(d.logTeacher.ref).mul(d.logTeacher.sub(logStudent)).sum();
    tree.dispose(p);
    return diffusion.add(kl.mul(batch.lambda / (B * Q * F)));
  }

  const { beta1, beta2, eps } = ADAMW;
  const decays = new Map(
    layout.parameters.map(({ name, layout }) => [name, layout === "plain" ? 0 : options.weightDecay]),
  );
  const step = jit((p: Tree, m: Tree, v: Tree, ema: Tree, d: Data, rate: np.Array, root: np.Array, keep: np.Array) => {
    const [value, gradients] = valueAndGrad(loss)(tree.ref(p), d) as [np.Array, Tree];
    let squares = np.array(0);
    for (const name of names) squares = squares.add(np.square(gradients[name].ref).sum());
    const scale = np.minimum(np.array(1), np.array(options.clipNorm).div(np.sqrt(squares).add(1e-6)));
    const next: [Tree, Tree, Tree, Tree] = [{}, {}, {}, {}];
    for (const name of names) {
      const g = gradients[name].mul(scale.ref);
      const first = m[name].mul(beta1).add(g.ref.mul(1 - beta1));
      const second = v[name].mul(beta2).add(np.square(g).mul(1 - beta2));
      const change = first.ref.mul(rate.ref).div(np.sqrt(second.ref).div(root.ref).add(eps));
      const moved = p[name].mul(1 - options.learningRate * (decays.get(name) ?? 0)).sub(change);
      next[3][name] = ema[name].mul(keep.ref).add(moved.ref.mul(np.array(1).sub(keep.ref)));
      next[0][name] = moved;
      next[1][name] = first;
      next[2][name] = second;
    }
    for (const one of [scale, rate, root, keep]) one.dispose();
    return [value, ...next] as [np.Array, Tree, Tree, Tree, Tree];
  });

  const [Q, queries] = queriesOf(batch.mask, B, F * S);
  const A = alphas();
  const count = Array.from(batch.given).reduce((sum, one) => sum + (one ? N - S : N) * values, 0);
  const asking = nn.oneHot(np.array(queries, { dtype: np.int32 }).reshape([B, Q]), F * S);
  const teacher = f32(batch.teacher, [B, F * S, channels]);
  const data: Data = {
    x: f32(batch.x, [B, N, values]),
    x0: f32(batch.x0, [B, N, values]),
    sinusoids: f32(timestepEmbedding(batch.t, time_width), [B, time_width]),
    words: np.array(Int32Array.from(batch.words), { dtype: np.int32 }).reshape([B, L]),
    given: f32(batch.given, [B]),
    asked: f32(
      Array.from({ length: B * N }, (_, i) => {
        const b = Math.floor(i / N);
        return batch.given[b] && i % N < S ? 0 : 1 / (1 - A[batch.t[b]]) / count;
      }),
      [B, N, 1],
    ),
    queries: asking.ref,
    // The teacher's side does not change: both keep it.
    logTeacher: jit(logCorrespondence)(teacher, asking),
  };
  const zeros = () => Object.fromEntries(names.map((name) => [name, np.zeros(params[name].shape)])) as Tree;
  let [m, v, ema] = [zeros(), zeros(), tree.ref(params)];
  await blockUntilReady(tree.ref(data));

  return {
    async step(t) {
      const rate = np.array(options.learningRate / (1 - beta1 ** t));
      const root = np.array(Math.sqrt(1 - beta2 ** t));
      const keep = np.array(Math.min(options.emaDecay, t / (t + 9)));
      const out = await blockUntilReady(step(params, m, v, ema, tree.ref(data), rate, root, keep));
      [, params, m, v, ema] = out;
      return (await out[0].data())[0];
    },
    async gradients() {
      const [value, gradients] = jit(valueAndGrad(loss))(tree.ref(params), tree.ref(data)) as [np.Array, Tree];
      value.dispose();
      const found = new Map<string, Float32Array>();
      for (const { name, layout, shape } of layoutOfLearned()) {
        const array =
          layout === "conv" ? np.transpose(gradients[name], [2, 3, 4, 1, 0]).reshape([...shape]) : gradients[name];
        found.set(name, (await array.data()) as Float32Array);
      }
      return found;
    },
  };

  /** The bias of the keys' norm has no gradient but rounding errors. */
  function layoutOfLearned() {
    return layout.parameters.filter(({ name }) => !name.endsWith("attn1.norm_k.bias"));
  }
}

/** Positions of each clip's queries, the same number in each. */
function queriesOf(mask: ArrayLike<number>, B: number, tokens: number): [number, Int32Array<ArrayBuffer>] {
  const found = Array.from({ length: B * tokens }, (_, i) => i).filter((i) => mask[i] === 1);
  return [found.length / B, Int32Array.from(found, (i) => i % tokens)];
}
