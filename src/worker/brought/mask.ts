/** Masks of the user's own: what the worker holds of them, and how they become the tokens that M-TSA asks. */

import type { MaskFrames } from "../../formats/mask_file.ts";
import { type MaskId, maskId, maskParts, PAINTED } from "../../formats/mask_id.ts";
import { loadPart } from "../../site/files.ts";
import { contentHash } from "../../video/content_hash.ts";
import { readable } from "../../video/unreadable.ts";
import { BroughtError } from "../failures.ts";
import type { BringMaskRequest, BroughtMask, Grid, SampledFrame } from "../protocol.ts";
import { openedClip, type Workspace } from "../workspace.ts";
import { understood } from "./reading.ts";

const parts = () => loadPart("the reader of masks", () => import("./mask_parts.ts"));

export async function bringMask(space: Workspace, { files }: BringMaskRequest): Promise<BroughtMask> {
  const { clip } = openedClip(space);
  const inOrder = [...files].sort((a, b) => BY_NUMBER.compare(a.name, b.name));
  const [file] = inOrder;
  if (!file) throw new BroughtError("mask-file", "no file was given: drop a mask");
  const sampled = (space.encoded?.frames ?? []).map(({ index }) => index);
  const held = await understood("mask-file", file, async () => {
    const { framesOfMask } = await parts();
    const mask = await readMask(inOrder);
    return { mask, frames: framesOfMask(mask, await clip.frameCount(), sampled) };
  });
  const hashes: string[] = [];
  for (const one of inOrder) hashes.push(await readable(one.name, one, contentHash(one)));
  const hash = hashes.length === 1 ? hashes[0] : await contentHash(new Blob([hashes.join()]));
  const id = maskId(hash.slice(0, 16), file.name.replace(/\.[^.]*$/, ""));
  const { contentHash: ofClip } = clip.info;
  // Those of a clip before are of no use to it, and large.
  for (const [key, { clip: of }] of space.masks) if (of !== ofClip) space.masks.delete(key);
  space.masks.set(maskParts(id).hash, { ...held, clip: ofClip });
  return { id, clip: ofClip, empty: !held.mask.marks.includes(1) };
}

/** Pictures of a clip are numbered: 2 comes before 10. */
const BY_NUMBER = new Intl.Collator("en", { numeric: true });

async function readMask(files: readonly File[]): Promise<MaskFrames> {
  const { checkDepth, maskOfNpz, maskOfPictures, maskOfSafetensors, openNpz } = await parts();
  const [file] = files;
  if (/\.npz$/i.test(file.name)) return maskOfNpz(await openNpz(file));
  if (/\.safetensors$/i.test(file.name)) return maskOfSafetensors(file);
  return maskOfPictures(files, async (picture) => {
    await checkDepth(picture);
    return pixelsOf(picture);
  });
}

async function pixelsOf(file: File): Promise<ImageData> {
  const picture = await createImageBitmap(file).catch((cause: unknown) => {
    throw new Error(`the browser cannot read ${file.name} as a picture: write a PNG`, { cause });
  });
  const { width, height } = picture;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!context)
    throw new Error(`no 2D canvas of ${width}×${height} pixels could be made; close other tabs and try again`);
  context.drawImage(picture, 0, 0);
  picture.close();
  return context.getImageData(0, 0, width, height);
}

/**
 * A mask on a grid of tokens, [F, H, W] of 0 and 1: each frame has that of the mask which is nearest in the file, and a token is kept
 * where at least half of its area is marked.
 * @throws BroughtError "mask-missing" where the file is not here
 */
export async function maskTokens(
  space: Workspace,
  id: MaskId,
  frames: readonly SampledFrame[],
  grid: Pick<Grid, "H" | "W">,
  tubelet: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const { hash, name } = maskParts(id);
  const held = space.masks.get(hash);
  if (held?.clip !== openedClip(space).clip.info.contentHash) {
    throw new BroughtError(
      "mask-missing",
      name === PAINTED
        ? `the mask “${name}” was painted on the page in another visit, and is a file only where “Save it” was pressed: drop that file here and the view comes back as it was, or use the motion's mask`
        : `the mask “${name}” is a file that somebody made, and was never uploaded: drop the same file here and the view comes back as it was`,
    );
  }
  const { tokensOfMask } = await parts();
  const { mask, frames: own } = held;
  const nearest = (index: number) =>
    (own ?? [0]).reduce((best, one, i, all) => (Math.abs(one - index) < Math.abs(all[best] - index) ? i : best), 0);
  return tokensOfMask(
    mask,
    frames.map(({ index }) => nearest(index)),
    grid,
    tubelet,
  );
}
