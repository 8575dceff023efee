import { parseSafetensors } from "../../src/formats/safetensors.ts";

/**
 * The F32 and U8 tensors of a golden that models/pretrain's export wrote, by name.
 * @throws Error with the command that makes the file
 */
export async function goldenFile<Name extends string>(url: string, ...names: readonly Name[]) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: HTTP ${response.status}; make it with python -m pretrain export`);
  const { tensors } = parseSafetensors(new Uint8Array(await response.arrayBuffer()));
  const entries = names.map((name) => {
    const tensor = tensors.get(name);
    if (!tensor) throw new Error(`${url} holds ${[...tensors.keys()]}, not ${name}: python -m pretrain export`);
    const numbers = tensor.data instanceof Float32Array ? tensor.data : Float32Array.from(tensor.data as Uint8Array);
    return [name, { shape: tensor.shape, data: numbers }] as const;
  });
  return Object.fromEntries(entries) as Record<Name, (typeof entries)[number][1]>;
}

/** Frames [T, H, W, 3] of 0 … 255 as [T, 3, H, W] in [0, 1]. */
export function planes({ shape, data }: { readonly shape: readonly number[]; readonly data: Float32Array }) {
  const [T, H, W] = shape;
  return Float32Array.from({ length: T * 3 * H * W }, (_, i) => {
    const [t, c, at] = [Math.floor(i / (3 * H * W)), Math.floor(i / (H * W)) % 3, i % (H * W)];
    return data[3 * (t * H * W + at) + c] / 255;
  });
}
