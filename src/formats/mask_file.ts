/**
 * Which parts of a clip count as moving, as docs/bring-your-own.md describes the files: pictures, an array in an .npz, a tensor in a
 * safetensors file. Everything that such a file can get wrong is an Error of one sentence.
 */
import { type Npz, namesOf } from "./npz.ts";
import { readSafetensorsHeader } from "./safetensors.ts";

/** Marks over a clip, in pixels of a size of its own. */
export interface MaskFrames {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  /** [count, height, width]: 1 where it is marked. */
  readonly marks: Uint8Array<ArrayBuffer>;
  /** Which of the clip's frames these are, where the file says so. */
  readonly indices: readonly number[] | null;
}

/** Marks in all, the most that are held: a byte each. */
const MAX_MARKS = 2 ** 30;
const NAMES = ["mask", "masks"];
const SPARE = /^(?:U8|BOOL)$/;

/** `mask` or `masks` [F, H, W], or [H, W] for every frame; what is not 0 is marked. @throws Error with one sentence */
export async function maskOfNpz(file: Npz): Promise<MaskFrames> {
  const name = NAMES.find((one) => file.names.includes(one));
  if (!name) throw new Error(`the file has no array "mask" [F, H, W], it holds ${namesOf(file.names)}`);
  const { shape, data } = await file.read(name);
  return marked(`array "${name}"`, shape, data, null);
}

/** The same as a tensor of bytes, with the clip's frames in the metadata "frame_indices" where they are not all. @throws Error with one sentence */
export async function maskOfSafetensors(file: Blob): Promise<MaskFrames> {
  const { tensors, metadata } = await readSafetensorsHeader(file);
  const name = NAMES.find((one) => tensors.has(one)) ?? "mask";
  const place = tensors.get(name);
  if (!place) throw new Error('the file has no tensor "mask" of U8 [F, H, W]');
  const { dtype, shape, begin, end } = place;
  if (!SPARE.test(dtype)) throw new Error(`tensor "${name}" is ${dtype.slice(0, 20)}: a mask is U8 or BOOL`);
  checkMarks(`tensor "${name}" [${shape}]`, end - begin);
  const data = new Uint8Array(await file.slice(begin, end).arrayBuffer());
  return marked(`tensor "${name}"`, shape, data, metadata.frame_indices ?? null);
}

function marked(what: string, shape: readonly number[], data: ArrayLike<number>, listed: string | null): MaskFrames {
  const [count, height, width] = shape.length === 2 ? [1, ...shape] : shape;
  if ((shape.length !== 2 && shape.length !== 3) || shape.includes(0)) {
    throw new Error(`${what} must be [F, H, W], or [H, W] for every frame, got [${shape}]`);
  }
  checkMarks(`${what} [${shape}]`, data.length);
  const marks = new Uint8Array(data.length);
  for (let i = 0; i < marks.length; i++) {
    if (Number.isNaN(data[i])) throw new Error(`${what} holds NaN at ${i}: write 0 and 1`);
    if (data[i] !== 0) marks[i] = 1;
  }
  return { count, height, width, marks, indices: listed === null ? null : indicesOf(listed, count) };
}

function checkMarks(what: string, count: number): void {
  if (count <= MAX_MARKS) return;
  throw new Error(
    `${what} has ${count} marks and ${MAX_MARKS} are held at the most: write it smaller, tokens of 8 px see no finer`,
  );
}

function indicesOf(text: string, count: number): readonly number[] {
  const indices = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  const rises = indices.every(
    (index, i) => Number.isInteger(index) && index >= 0 && (i === 0 || index > indices[i - 1]),
  );
  if (indices.length !== count || !rises) {
    throw new Error(
      `metadata "frame_indices" must list ${count} frames of the clip, rising from 0 on, got "${text.slice(0, 60)}"`,
    );
  }
  return indices;
}

const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47];
/** Where a PNG says how many bits a sample has: behind its signature, and the sizes in its first chunk. */
const BIT_DEPTH_AT = 24;

/** @throws Error where a PNG has 16 bits a sample: browsers decode 8 of them, and numbers of things below 128 come out black */
export async function checkDepth(file: Blob & { readonly name: string }): Promise<void> {
  const head = new Uint8Array(await file.slice(0, BIT_DEPTH_AT + 1).arrayBuffer());
  if (PNG_SIGNATURE.every((byte, i) => head[i] === byte) && head[BIT_DEPTH_AT] === 16) {
    throw new Error(
      `${file.name} has 16 bits a sample, of which a browser sees the upper 8: write an 8-bit PNG, or an array "mask" in an .npz`,
    );
  }
}

/** A picture of a mask, decoded: RGBA, [height, width, 4]. */
interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/**
 * Pictures of one size, one for every frame or one a frame: what is not black is marked. Each becomes marks before the next is read,
 * since decoded they are four times as large.
 * @throws Error with one sentence
 */
export async function maskOfPictures<F extends { readonly name: string }>(
  files: readonly F[],
  read: (file: F) => Promise<Picture>,
): Promise<MaskFrames> {
  let [width, height, marks] = [0, 0, new Uint8Array()];
  for (const [f, file] of files.entries()) {
    const picture = await read(file);
    if (f === 0) {
      ({ width, height } = picture);
      checkMarks(`a mask of ${files.length} pictures of ${width}×${height} px`, files.length * width * height);
      marks = new Uint8Array(files.length * width * height);
    } else if (picture.width !== width || picture.height !== height) {
      throw new Error(
        `it is ${width}×${height} px and ${file.name} is ${picture.width}×${picture.height}: the pictures of a mask have one size`,
      );
    }
    const { data } = picture;
    for (let i = 0; i < width * height; i++) {
      if (data[4 * i] + data[4 * i + 1] + data[4 * i + 2] > 0) marks[f * width * height + i] = 1;
    }
  }
  return { count: files.length, height, width, marks, indices: null };
}

/**
 * Which of the clip's frames a mask is of.
 * @param total frames of the clip
 * @param sampled those that are looked at now, by their index in the file
 * @returns for each frame of the mask the clip's; null: one mask for every frame
 * @throws Error where their number fits neither
 */
export function framesOfMask(
  { count, indices }: MaskFrames,
  total: number,
  sampled: readonly number[],
): readonly number[] | null {
  if (indices) {
    const last = indices[count - 1];
    if (last >= total)
      throw new Error(
        `the mask is of frame ${last} and the clip has frames 0 to ${total - 1}: open the clip that it belongs to`,
      );
    return indices;
  }
  if (count === 1) return null;
  if (count === total) return Array.from({ length: total }, (_, f) => f);
  if (count === sampled.length) return sampled;
  throw new Error(
    `the mask has ${count} frames, and the clip has ${total}, of which ${sampled.length} are looked at: write 1, ${sampled.length} or ${total}`,
  );
}

interface Plane {
  readonly H: number;
  readonly W: number;
}

/**
 * Marks on a grid of tokens: one is kept where at least half of its area is marked, in all frames of its tubelet together.
 * @param frames which frame of the mask each sampled frame has, [F]
 * @returns [F, H, W] of 0 and 1
 */
export function tokensOfMask(
  mask: MaskFrames,
  frames: readonly number[],
  { H, W }: Plane,
  tubelet: number,
): Uint8Array<ArrayBuffer> {
  const areas = new Map<number, Float64Array>();
  const areaOf = (frame: number) => {
    const known = areas.get(frame) ?? coverage(mask, frame, { H, W });
    areas.set(frame, known);
    return known;
  };
  const S = H * W;
  const out = new Uint8Array(frames.length * S);
  for (let first = 0; first < frames.length; first += tubelet) {
    const parts = frames.slice(first, first + tubelet).map(areaOf);
    for (let s = 0; s < S; s++) {
      // Room for the rounding of fractions of pixels.
      const kept = parts.reduce((sum, part) => sum + part[s], 0) / parts.length >= 0.5 - 1e-9;
      for (let f = first; kept && f < first + parts.length; f++) out[f * S + s] = 1;
    }
  }
  return out;
}

/** The share of each token's area that is marked, [H, W]. */
function coverage({ height, width, marks }: MaskFrames, frame: number, { H, W }: Plane): Float64Array {
  const [rows, cols] = [spans(height, H), spans(width, W)];
  const out = new Float64Array(H * W);
  const start = frame * height * width;
  for (let row = 0; row < H; row++) {
    for (let col = 0; col < W; col++) {
      let sum = 0;
      for (const [y, high] of rows[row]) {
        for (const [x, wide] of cols[col]) sum += marks[start + y * width + x] * high * wide;
      }
      out[row * W + col] = (sum * H * W) / (height * width);
    }
  }
  return out;
}

/** The pixels along one side of each token, with the share of the pixel that is the token's. */
function spans(pixels: number, tokens: number): readonly (readonly [pixel: number, share: number])[][] {
  return Array.from({ length: tokens }, (_, t) => {
    const [from, to] = [(t * pixels) / tokens, ((t + 1) * pixels) / tokens];
    const first = Math.floor(from);
    const last = Math.min(pixels - 1, Math.ceil(to) - 1);
    return Array.from({ length: last - first + 1 }, (_, i) => {
      const pixel = first + i;
      return [pixel, Math.min(to, pixel + 1) - Math.max(from, pixel)] as const;
    });
  });
}
