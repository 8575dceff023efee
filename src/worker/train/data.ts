import { frameMotion } from "../../alignment/motion.ts";
import { resample } from "../../alignment/resample.ts";
import { encoderTraits, tubeletOf } from "../../encoders/input.ts";
import type { AlignData } from "../../train/align_data.ts";
import { tokenTracks } from "../../video/truth.ts";
import { motionTokens, tubelets } from "../../video/tubelets.ts";
import { broughtFeatures, channelsOf } from "../brought/features.ts";
import { maskTokens } from "../brought/mask.ts";
import { BadRequest } from "../failures.ts";
import type { MaskId, Recipe, TrainData, TrainInput } from "../protocol.ts";
import { encodedClip, openedClip, truthOf, type Workspace } from "../workspace.ts";

/** What a run says of its clip and teacher. @throws BadRequest when nothing is encoded */
export function trainDataOf(space: Workspace, input: TrainInput, brought?: MaskId): TrainData {
  const { encoder, token, grid, window, inputSize } = encodedClip(space);
  const { contentHash, name } = openedClip(space).clip.info;
  return { contentHash, clipName: name, window, encoder, token, input, ...(brought && { brought }), inputSize, grid };
}

/** The channels of a student's input padded to a multiple of 4, which the products read at once. */
const fours = (channels: number): number => 4 * Math.ceil(channels / 4);

/** Channels of what the student sees. @throws BroughtError where the file of features is not here */
export const inputsOf = (space: Workspace, { input = "patches", token }: Pick<TrainData, "input" | "token">): number =>
  input === "patches" ? 3 * token * token : fours(channelsOf(space, input));

/** What the student sees of the encoded clip, [F, H, W, inputs]. @throws BroughtError where a frame has no features nearby */
async function seenBy(space: Workspace, input: TrainInput): Promise<Pick<AlignData, "patch" | "inputs" | "seen">> {
  const { pixels, inputSize, token, frames, grid } = encodedClip(space);
  if (input === "patches") {
    const { Y, D } = tubelets(pixels, inputSize, token);
    return { patch: token, inputs: D, seen: Y };
  }
  const found = await broughtFeatures(space, input, frames);
  const features = resample(found.data, found.grid, grid);
  const { C } = found.grid;
  const inputs = fours(C);
  if (inputs === C) return { patch: null, inputs, seen: features };
  const seen = new Float32Array((features.length / C) * inputs);
  for (let i = 0; i < features.length; i++) seen[Math.floor(i / C) * inputs + (i % C)] = features[i];
  return { patch: null, inputs, seen };
}

/** The encoded clip for a run, copied, so that it outlives what Explore does next. */
export async function alignDataOf(space: Workspace, input: TrainInput, brought?: MaskId): Promise<AlignData> {
  const encoded = encodedClip(space);
  const { pixels, inputSize, token, grid } = encoded;
  const truth = truthOf(space);
  const { F, H, W, C } = grid;
  const teacher = encoded.features ?? (await space.compute.engine.readFeatures());
  const indices = encoded.frames.map(({ index }) => index);
  const tubelet = tubeletOf(encoded.encoder);
  const cut = motionTokens(pixels, inputSize, token, tubelet);
  return {
    grid: { F, H, W },
    ...(await seenBy(space, input)),
    tubelet,
    motion: brought
      ? await maskTokens(space, brought, encoded.frames, grid, tubelet)
      : frameMotion(cut.Y, { F: cut.F, S: H * W, D: cut.D }, tubelet),
    teacher: Float32Array.from(teacher),
    C,
    truthOf(first, count) {
      if (!truth) return null;
      const S = H * W;
      const tracks = new Float32Array(S * count * 2);
      for (let s = 0; s < S; s++) {
        const part = indices.slice(first, first + count);
        tracks.set(tokenTracks(truth, part, grid, [0, Math.floor(s / W), s % W]), s * count * 2);
      }
      return tracks;
    },
    trackOf: (frame, row, col) =>
      truth ? Float32Array.from(tokenTracks(truth, indices, grid, [frame, row, col])) : null,
  };
}

/** @throws BadRequest where the user's own mask keeps no token that M-TSA could ask */
export function checkMarks({ motion, grid }: AlignData, { trainFrames: [first, last] }: Recipe): void {
  const S = grid.H * grid.W;
  for (let i = first * S; i < (last + 1) * S; i++) if (motion[i] > 0) return;
  throw new BadRequest(
    `the mask keeps no token in the frames trained on (${first}-${last}), so M-TSA has no query: mark more, or put the mask away`,
  );
}

/**
 * @param what is of some data, in words, and what to do where those are not there
 * @throws BadRequest when it is of another clip, window or teacher than is encoded, naming both
 */
export function checkSameData(what: readonly [isOf: string, remedy: string], of: TrainData, now: TrainData): void {
  const [isOf, remedy] = what;
  const apart = ({ stride }: TrainData["window"]) => (stride ? `, ${stride} apart` : "");
  const describe = ({ clipName, window, encoder, token }: TrainData) =>
    `${clipName} (${window.frames} frames${apart(window)}, ${window.startS.toFixed(2)}–${(window.startS + window.lengthS).toFixed(2)} s), ${encoderTraits(encoder).name}, ${token} px`;
  const moments = ({ startS, lengthS, frames, stride = 0 }: TrainData["window"]) => [startS, lengthS, frames, stride];
  const key = ({ contentHash, window, encoder, token, grid }: TrainData) =>
    JSON.stringify([contentHash, ...moments(window), encoder, token, grid.F, grid.H, grid.W]);
  if (key(of) !== key(now)) {
    throw new BadRequest(`${isOf} ${describe(of)}, and what is encoded is ${describe(now)}: ${remedy}`);
  }
}
