import { frameMotion } from "../../alignment/motion.ts";
import { tubeletOf } from "../../encoders/input.ts";
import type { AlignData } from "../../train/align_data.ts";
import { tokenTracks } from "../../video/truth.ts";
import { motionTokens, tubelets } from "../../video/tubelets.ts";
import { BadRequest } from "../failures.ts";
import type { TrainData } from "../protocol.ts";
import { encodedClip, openedClip, type Workspace } from "../workspace.ts";

/** What a run says of its clip and teacher. @throws BadRequest when nothing is encoded */
export function trainDataOf(space: Workspace): TrainData {
  const { encoder, token, grid, window, inputSize } = encodedClip(space);
  const { contentHash, name } = openedClip(space).clip.info;
  return { contentHash, clipName: name, window, encoder, token, inputSize, grid };
}

/** The encoded clip for a run, copied, so that it outlives what Explore does next. */
export async function alignDataOf(space: Workspace): Promise<AlignData> {
  const encoded = encodedClip(space);
  const { pixels, inputSize, token, grid, truth } = encoded;
  const { F, H, W, C } = grid;
  const teacher = encoded.features ?? (await space.compute.engine.readFeatures());
  const indices = encoded.frames.map(({ index }) => index);
  const tubelet = tubeletOf(encoded.encoder);
  const cut = motionTokens(pixels, inputSize, token, tubelet);
  return {
    grid: { F, H, W },
    patch: token,
    patches: tubelets(pixels, inputSize, token).Y,
    tubelet,
    motion: frameMotion(cut.Y, { F: cut.F, S: H * W, D: cut.D }, tubelet),
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

/** @throws BadRequest when a checkpoint is of another clip, window or teacher, naming both */
export function checkSameData(checkpoint: TrainData, now: TrainData): void {
  const describe = ({ clipName, window, encoder, token }: TrainData) =>
    `${clipName} (${window.frames} frames, ${window.startS.toFixed(2)}–${(window.startS + window.lengthS).toFixed(2)} s), ${encoder}, ${token} px`;
  const key = ({ contentHash, window, encoder, token, grid }: TrainData) =>
    JSON.stringify([contentHash, window.startS, window.lengthS, window.frames, encoder, token, grid.F, grid.H, grid.W]);
  if (key(checkpoint) !== key(now)) {
    throw new BadRequest(
      `the checkpoint is of ${describe(checkpoint)}, and what is encoded is ${describe(now)}: open that clip with those settings first`,
    );
  }
}
