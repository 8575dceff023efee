/** What the files of `npm run verify` share: numbers in the metadata, finite tensors, masks. */
import { LOSS_DEFAULTS } from "../alignment/loss_config.ts";
import { type LossKind, type LossParams, reads } from "../alignment/losses.ts";
import { type SafetensorsFile, tensorOf } from "../formats/safetensors.ts";

export const show = (text: string | undefined) => (text === undefined ? "nothing" : `"${text}"`);

/** A number of the metadata, or what holds where it is missing. @throws Error where it is no number, or missing and needed */
export function numberOf({ metadata }: SafetensorsFile, key: string, otherwise?: number): number {
  const text = metadata[key];
  if (text === undefined && otherwise !== undefined) return otherwise;
  const value = text === undefined || text.trim() === "" ? Number.NaN : Number(text);
  if (!Number.isFinite(value)) throw new Error(`metadata "${key}" must be a number as text, got ${show(text)}`);
  return value;
}

/** τ and margin, which a loss that reads them needs. @throws Error where one is missing or out of range */
export function readLossNumbers(file: SafetensorsFile, kind: LossKind): Pick<LossParams, "tau" | "margin"> {
  const number = (key: "tau" | "margin") => numberOf(file, key, reads(kind, key) ? undefined : LOSS_DEFAULTS[key]);
  const [tau, margin] = [number("tau"), number("margin")];
  if (!(tau > 0)) throw new Error(`tau must be > 0, got ${tau}`);
  if (!(margin >= 0)) throw new Error(`margin must be ≥ 0, got ${margin}`);
  return { tau, margin };
}

/** An F32 tensor of so many dimensions. @throws Error where it is missing, of another kind or not finite */
export function floats(file: SafetensorsFile, name: string, rank: number) {
  const { shape, data } = tensorOf(file, name, "F32");
  if (shape.length !== rank) throw new Error(`"${name}" must have ${rank} dimensions, got [${shape}]`);
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new Error(`"${name}" holds ${data[bad]} at value ${bad}: every value must be finite`);
  return { shape, data };
}

/** The queries of a masked loss, of this shape. @throws Error where they are missing or no mask */
export function readMask(kind: LossKind, file: SafetensorsFile, shape: readonly number[]): Uint8Array {
  if (!file.tensors.has("mask")) throw new Error(`${kind} needs a tensor "mask" U8 [${shape}], the file has none`);
  // torch saves a mask as BOOL, a byte each all the same.
  const { data } = tensorOf(file, "mask", file.tensors.get("mask")?.dtype === "BOOL" ? "BOOL" : "U8", shape);
  const bad = data.findIndex((value) => value > 1);
  if (bad >= 0) throw new Error(`"mask" holds ${data[bad]} at value ${bad}: a mask holds 0 and 1`);
  return data;
}
