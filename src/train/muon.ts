import * as kernel from "../../shaders/optim/muon.wgsl";
import type { Gpu } from "../gpu/gpu.ts";
import { foldRows, groups } from "../gpu/kernels.ts";
import type { Place } from "../gpu/places.ts";
import { dispatch, type Step } from "../gpu/steps.ts";
import { bindProduct } from "../kernels/product.ts";
import type { Arena, Parameter, Stretch } from "../nn/arena.ts";

/** Of the Newton–Schulz iteration x ← a x + x (b xᵀx + c (xᵀx)²), where x has no more columns than rows (Jordan et al. 2024, as torch.optim.Muon has it). */
const [A, B, C] = [3.4445, -4.775, 2.0315];
const ITERATIONS = 5;

/** Matrices of one shape, which lie one after another and are multiplied as one batch. */
interface Alike {
  readonly long: number;
  readonly short: number;
  readonly members: readonly Parameter[];
  /** Floats: where its matrices, and their squares, begin. */
  readonly at: number;
  readonly squareAt: number;
}

const align = (floats: number): number => Math.ceil(floats / 64) * 64;

function alike(members: readonly Parameter[]) {
  const shapes = new Map<string, Parameter[]>();
  for (const parameter of members) {
    const key = [...parameter.shape].sort((a, b) => b - a).join();
    shapes.set(key, [...(shapes.get(key) ?? []), parameter]);
  }
  let [floats, squares] = [0, 0];
  const classes: Alike[] = [];
  for (const own of shapes.values()) {
    const [long, short] = [...own[0].shape].sort((a, b) => b - a);
    classes.push({ long, short, members: own, at: floats, squareAt: squares });
    floats += align(own.length * long * short);
    squares += align(own.length * short * short);
  }
  return { classes, floats, squares };
}

/** Bytes of Muon beside the arena, for the matrices of a group. */
export function muonBytes(members: readonly Parameter[]): number {
  const { floats, squares } = alike(members);
  return 4 * (2 * floats + 3 * squares) + 20 * members.length;
}

interface MuonOptions {
  /** Where the group lies in the arena, and its matrices. */
  readonly group: Stretch & { readonly members: readonly Parameter[] };
  readonly decay: number;
  readonly guard: Place;
  readonly schedule: Place;
}

/** Binds one update of all matrices of a group. Only its products grow with the number of their shapes. */
export async function bindMuon(
  gpu: Gpu,
  arena: Arena,
  { group, decay, guard, schedule }: MuonOptions,
): Promise<Step[]> {
  const { kernels, buffers } = gpu;
  const { classes, floats, squares } = alike(group.members);
  const make = (label: string, length: number) => buffers.create(`muon ${label}`, 4 * length);
  const turns = [make("x", floats), make("next x", floats)] as const;
  const [gram, square, mixed] = ["gram", "gram squared", "gram mixed"].map((label) => make(label, squares));
  const norms = make("norms", group.members.length);
  const table = classes.flatMap(({ members, at, long, short }) =>
    members.map(({ name, shape }, i) => [arena.layout.of(name).offset - group.offset, ...shape, at + i * long * short]),
  );
  const matrices = buffers.upload("muon matrices", Uint32Array.from(table.flat()));
  const [gradient, m, p] = (["gradients", "m", "parameters"] as const).map((of) => arena.part(of, group));
  const largest = Math.max(...classes.map(({ long, short }) => long * short));
  const [values, folds] = foldRows(groups(largest));
  const shared = { params: {}, grid: [values, table.length, folds] as const };
  const mix = async (left: GPUBuffer, right: GPUBuffer, out: GPUBuffer, [alpha, beta]: readonly [number, number]) => {
    const n = out.size / 4;
    const options = { buffers: { left, right, out }, params: { n, alpha, beta }, grid: foldRows(groups(n)) };
    return dispatch(await kernels.bind(kernel.mix, options), 4 * n);
  };
  const [x] = turns;
  const momentum = await kernels.bind(kernel.momentum, { buffers: { matrices, guard, gradient, m, x }, ...shared });
  const norm = await kernels.bind(kernel.norm, {
    buffers: { matrices, x, norms },
    params: {},
    grid: [table.length],
    constants: { WORKGROUP: 256 },
  });
  const start = await kernels.bind(kernel.start, { buffers: { matrices, x, norms }, ...shared });
  const steps = [dispatch(momentum, 8 * floats), dispatch(norm, 2 * floats), dispatch(start, floats)];
  for (let i = 0; i < ITERATIONS; i++) {
    const [from, to] = [turns[i % 2], turns[(i + 1) % 2]];
    for (const one of classes) steps.push(...(await squared(gpu, one, from, gram, square)));
    steps.push(await mix(gram, square, mixed, [B, C]), await mix(from, from, to, [A, 0]));
    for (const one of classes) steps.push(...(await turned(gpu, one, from, mixed, to)));
  }
  const last = turns[ITERATIONS % 2];
  const apply = await kernels.bind(kernel.apply, {
    buffers: { matrices, guard, schedule, p, x: last },
    params: { decay },
    grid: shared.grid,
  });
  return [...steps, dispatch(apply, 4 * floats)];
}

const part = (buffer: GPUBuffer, floats: number): Place => ({ buffer, offset: 4 * floats });

/** gram = xᵀ x of every matrix of a class, and its square. */
async function squared(gpu: Gpu, one: Alike, x: GPUBuffer, gram: GPUBuffer, square: GPUBuffer): Promise<Step[]> {
  const { long, short, at, squareAt, members } = one;
  const [wide, G, S] = [part(x, at), part(gram, squareAt), part(square, squareAt)];
  const size = { rows: short, cols: short, lda: short, ldb: short, ldc: short, batch: members.length };
  const own = short * short;
  const first = { ...size, depth: long, stride_a: long * short, stride_b: long * short, stride_c: own } as const;
  const second = { ...size, depth: short, stride_a: own, stride_b: own, stride_c: own } as const;
  return [
    ...(await bindProduct(gpu, { ...first, form: "symmetric", A: wide, B: wide, C: G })),
    ...(await bindProduct(gpu, { ...second, form: "nn", A: G, B: G, C: S })),
  ];
}

/** next += x · mixed of every matrix of a class. */
function turned(gpu: Gpu, one: Alike, x: GPUBuffer, mixed: GPUBuffer, next: GPUBuffer): Promise<Step[]> {
  const { long, short, at, squareAt, members } = one;
  const size = { rows: long, cols: short, depth: short, lda: short, ldb: short, ldc: short, batch: members.length };
  const strides = { stride_a: long * short, stride_b: short * short, stride_c: long * short };
  const places = { A: part(x, at), B: part(mixed, squareAt), C: part(next, at) };
  return bindProduct(gpu, { ...size, ...strides, ...places, form: "nn", accumulate: true });
}
