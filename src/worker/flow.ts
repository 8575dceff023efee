/** Optical flow of the encoded clip: the motion that brightness shows, beside that which features do. */

import { lumaOf, opticalFlow } from "../video/flow/optical_flow.ts";
import { tokenMeans } from "../video/flow/token_means.ts";
import type { OpticalFlow } from "./protocol.ts";
import { encodedClip, openedClip, type Running, type Workspace } from "./workspace.ts";

/** From the frames as the encoder saw them: one pair after the other, quick requests in between. */
export async function flow(space: Workspace, { pause }: Running): Promise<OpticalFlow> {
  const { grid, pixels, inputSize } = encodedClip(space);
  const { width, height } = openedClip(space).clip.info;
  const toVideo = [width / inputSize.width, height / inputSize.height] as const;
  const perFrame = 2 * grid.H * grid.W;
  const vectors = new Float32Array(pixels.length * perFrame).fill(Number.NaN);
  let from = lumaOf(pixels[0], inputSize.width, inputSize.height);
  for (let f = 1; f < pixels.length; f++) {
    await pause();
    const to = lumaOf(pixels[f], inputSize.width, inputSize.height);
    vectors.set(tokenMeans(opticalFlow(from, to), inputSize, grid, toVideo), (f - 1) * perFrame);
    from = to;
  }
  return { vectors };
}
