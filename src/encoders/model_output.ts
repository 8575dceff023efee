/** From a model's output to tokens, whatever form it has: a list of tokens, or a map of channels in front or at the end. */
import { isClipLayout, type ModelSpec, planeOf } from "./own_model.ts";

/** How the numbers of one run lie: index of (t, row, col, c) = start + t·time + row·rows + col·cols + c·channel. */
export interface OutputForm {
  readonly t: number;
  readonly H: number;
  readonly W: number;
  readonly C: number;
  readonly start: number;
  readonly strides: { readonly time: number; readonly row: number; readonly col: number; readonly channel: number };
}

/** @throws Error with one sentence where the shape is not that of the tokens, saying what it would fit */
export function outputForm(shape: readonly number[], spec: ModelSpec): OutputForm {
  const { H, W } = planeOf(spec);
  const t = isClipLayout(spec.layout) ? Math.max(1, Math.floor(spec.frames / spec.tubelet)) : 1;
  const got = `it gives [${shape}] for ${framesWords(spec)}`;
  const body = shape.slice(1);
  if (shape[0] !== 1) throw new Error(`${got}: its first side must be 1, the one clip that went in`);
  if (body.length < 2) throw new Error(`${got}, one vector for all of it: export its tokens before they are pooled`);
  const tokens = t * H * W;
  if (body.length === 2) {
    const [S, C] = body;
    if (S !== tokens + spec.skip)
      throw new Error(
        `${got}, ${S} tokens: ${t > 1 ? `${t}×` : ""}${H}×${W} of ${spec.patch} px are ${tokens}${spec.skip ? ` and ${spec.skip} in front` : ""}${hint(shape, spec)}`,
      );
    return { t, H, W, C, start: spec.skip * C, strides: { time: H * W * C, row: W * C, col: C, channel: 1 } };
  }
  // Channels in front, or at the end; a map of one moment may leave the moment out.
  const sides = t > 1 ? [t, H, W] : [H, W];
  const plane = body.length === 4 && t === 1 ? [1, H, W] : sides;
  const last = body.length - 1;
  const same = (part: readonly number[]) => part.join() === plane.join();
  if (same(body.slice(1))) {
    return { t, H, W, C: body[0], start: 0, strides: { time: H * W, row: W, col: 1, channel: t * H * W } };
  }
  if (same(body.slice(0, last))) {
    const C = body[last];
    return { t, H, W, C, start: 0, strides: { time: H * W * C, row: W * C, col: C, channel: 1 } };
  }
  throw new Error(
    `${got}: ${plane.join("×")} tokens of ${spec.patch} px are neither behind its channels nor before them${hint(shape, spec)}`,
  );
}

const framesWords = ({ frames, height, width }: ModelSpec): string =>
  `${frames > 1 ? `${frames} frames` : "a frame"} of ${width}×${height} px`;

function hint(shape: readonly number[], spec: ModelSpec): string {
  const fit = fitted(shape, spec);
  if (!fit) return "";
  const { patch, tubelet, skip } = fit;
  return `; patches of ${patch} px${tubelet > 1 ? `, tubelets of ${tubelet} frames` : ""}${skip > 0 ? ` and ${skip} in front` : ""} would fit`;
}

const PATCHES = [16, 14, 8, 32, 4, 7, 28, 2, 10, 12, 20, 24];
/** Class token and registers of the models there are: none, 1, 4, 5, 2, 8. */
const SKIPS = [0, 1, 5, 4, 2, 8, 3, 6, 7];

/** The patch, tubelet and tokens in front that make a shape the model's, the likeliest of them; null where none does. */
export function fitted(
  shape: readonly number[],
  spec: ModelSpec,
): Pick<ModelSpec, "patch" | "tubelet" | "skip"> | null {
  const body = shape.slice(1);
  const clip = isClipLayout(spec.layout);
  const found = (clip ? [spec.tubelet, 2, 1, 4] : [1]).flatMap((tubelet) =>
    [spec.patch, ...PATCHES].flatMap((patch) => {
      const { H, W } = planeOf({ ...spec, patch });
      const t = clip ? Math.floor(spec.frames / tubelet) : 1;
      if (H < 1 || W < 1 || t < 1) return [];
      const skip = skipOf(body, t, H, W);
      // Patches that do not fill the frame are an accident of numbers.
      const cuts = spec.height % patch === 0 && spec.width % patch === 0 ? 0 : SKIPS.length;
      return skip === null ? [] : [{ patch, tubelet, skip, odd: cuts + SKIPS.indexOf(skip) }];
    }),
  );
  const [best] = found.sort((one, other) => one.odd - other.odd);
  return best ? { patch: best.patch, tubelet: best.tubelet, skip: best.skip } : null;
}

/** Tokens in front of a grid in an output; null where it is not of that grid. */
function skipOf(body: readonly number[], t: number, H: number, W: number): number | null {
  if (body.length === 2) {
    const skip = body[0] - t * H * W;
    return SKIPS.includes(skip) && H * W > skip ? skip : null;
  }
  const plane = (body.length === 4 || t > 1 ? [t, H, W] : [H, W]).join();
  return body.slice(1).join() === plane || body.slice(0, -1).join() === plane ? 0 : null;
}

/** The tokens of one run, [t, H, W, C]. */
export function tokensOf(data: Float32Array, { t, H, W, C, start, strides }: OutputForm): Float32Array<ArrayBuffer> {
  const out = new Float32Array(t * H * W * C);
  if (strides.channel === 1) {
    out.set(data.subarray(start, start + out.length));
    return out;
  }
  let i = 0;
  for (let time = 0; time < t; time++) {
    for (let row = 0; row < H; row++) {
      for (let col = 0; col < W; col++) {
        const at = start + time * strides.time + row * strides.row + col * strides.col;
        for (let c = 0; c < C; c++) out[i++] = data[at + c * strides.channel];
      }
    }
  }
  return out;
}
