import { noisedFrames } from "../../encoders/cogvideox.ts";
import { noisingOf } from "../../encoders/noised.ts";
import type { Samples } from "../../video/clip.ts";
import { degrade, frameOrder } from "../../video/degrade.ts";
import { packedRgb } from "../../video/tubelets.ts";
import type { Size, StudentSpec } from "../protocol.ts";
import { rgba } from "../sandbox/sandbox.ts";
import { encoderContext, type SideInput, type Workspace } from "../workspace.ts";

/** The frames for display as a side sees them, each a bitmap of its own, all of the display's size. */
export async function imagesAs(
  space: Workspace,
  spec: StudentSpec,
  images: Samples["images"],
  { pixels, size }: SideInput,
  signal: AbortSignal,
): Promise<ImageBitmap[]> {
  const { degradation } = spec;
  const changed = () => degrade(pixels, size, degradation);
  const noising = noisingOf(spec);
  if (noising) {
    const planes = await noisedFrames({ pixels: changed(), size }, noising, encoderContext(space, signal));
    return bitmaps(rgba(packedRgb(planes, size)), size, images[0]);
  }
  if (degradation === "blur" || degradation === "noise") return bitmaps(changed(), size, images[0]);
  return Promise.all(frameOrder(images.length, degradation).map((f) => createImageBitmap(images[f])));
}

/** RGBA frames at the size of another picture. */
const bitmaps = (frames: readonly Uint8ClampedArray[], { width, height }: Size, like: Size): Promise<ImageBitmap[]> =>
  Promise.all(
    frames.map((frame) =>
      createImageBitmap(new ImageData(new Uint8ClampedArray(frame), width, height), {
        resizeWidth: like.width,
        resizeHeight: like.height,
        resizeQuality: "medium",
      }),
    ),
  );
