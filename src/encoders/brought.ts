/** Features that the user brings in a file of their own, as an encoder. */
import type { TokenSize } from "./types.ts";

/**
 * One tensor of such a file as an encoder. All that a link, a menu or a caption needs is in it, so that nobody has to look it up:
 * the file's content hash, by which the same file is recognised, what the tensor holds, and what the user calls it.
 */
export type BroughtId = `features:${string}`;

export interface BroughtLayer {
  /** The first 16 hex digits of the file's content hash. */
  readonly hash: string;
  readonly F: number;
  readonly H: number;
  readonly W: number;
  /** Which of the file's tensors of features, from 0. */
  readonly layer: number;
  readonly name: string;
}

const FORM = /^features:([0-9a-f]{16}):([1-9]\d{0,5})x([1-9]\d{0,5})x([1-9]\d{0,5}):(\d{1,4}):(.{1,200})$/su;

export const broughtId = ({ hash, F, H, W, layer, name }: BroughtLayer): BroughtId =>
  `features:${hash}:${F}x${H}x${W}:${layer}:${name}`;

export const isBroughtId = (id: string): id is BroughtId => FORM.test(id);

/** The most frames that an id has room for. */
export const MAX_BROUGHT_FRAMES = 999_999;

/** @throws RangeError where the id is of another form */
export function broughtLayer(id: BroughtId): BroughtLayer {
  const parts = FORM.exec(id);
  if (!parts) throw new RangeError(`"${id}" names no features of a file`);
  const [, hash, F, H, W, layer, name] = parts;
  return { hash, F: Number(F), H: Number(H), W: Number(W), layer: Number(layer), name };
}

/** A grid of more tokens than this is cut from a picture of about a megapixel otherwise. */
const MANY_TOKENS = 1024;

/** The clip's pixels behind each token, for the motion mask and for a student that sees patches. */
export const tokenOf = ({ H, W }: Pick<BroughtLayer, "H" | "W">): TokenSize => (H * W > MANY_TOKENS ? 8 : 16);
