/** Features in files of the user's own: what the worker holds of them, and how they become an encoder's features of some frames. */
import { type BroughtId, broughtId, broughtLayer, isBroughtId } from "../../encoders/brought.ts";
import { fixedInput, type StudentId } from "../../encoders/input.ts";
import type { TokenFeatures } from "../../encoders/types.ts";
import type { FeaturesFile } from "../../formats/features_file.ts";
import { readBytes } from "../../formats/read_bytes.ts";
import { readSafetensorsHeader } from "../../formats/safetensors.ts";
import { loadPart } from "../../site/files.ts";
import { contentHash } from "../../video/content_hash.ts";
import { halfStep, nearest } from "../../video/moments.ts";
import { pictureClip } from "../../video/picture_clip.ts";
import { readable } from "../../video/unreadable.ts";
import { seconds } from "../../video/window/window.ts";
import { BroughtError } from "../failures.ts";
import type { BringReply, BringRequest, SampledFrame, SamplingWindow } from "../protocol.ts";
import type { OpenedClip, Workspace } from "../workspace.ts";
import { understood } from "./reading.ts";

const reader = () => loadPart("the reader of features", () => import("../../formats/features_file.ts"));

export async function bring(space: Workspace, { file, answers }: BringRequest): Promise<BringReply> {
  const { describeFeatures, isAsking } = await reader();
  const features = await understood("features-file", file, async () =>
    describeFeatures(
      await readSafetensorsHeader(file),
      file.name.replace(/\.safetensors$/i, ""),
      answers,
      space.opened?.clip.info ?? null,
    ),
  );
  if (isAsking(features)) return { asks: features };
  const hash = await readable(file.name, file, contentHash(file));
  space.brought.set(keyOf(hash), { file, contentHash: hash, features });
  return { layers: idsOf(hash, features), isClip: features.frames !== null };
}

/** Of an encoder's name in menus and links. */
const MAX_NAME = 120;

const keyOf = (hash: string): string => hash.slice(0, 16);

function idsOf(hash: string, { layers, name }: FeaturesFile): BroughtId[] {
  return layers.map(({ label, grid: { F, H, W } }, layer) => {
    const named = label === "" ? name : `${name}, ${label}`;
    // Control characters would not survive a link or a line of CSV.
    const clean = named.replace(/[\p{Cc}]/gu, " ").slice(0, MAX_NAME);
    return broughtId({ hash: keyOf(hash), F, H, W, layer, name: clean });
  });
}

/** @throws BroughtError "features-missing" where the file is not here, or holds no such layer */
function held({ brought }: Workspace, id: BroughtId) {
  const wanted = broughtLayer(id);
  const { F, H, W, name } = wanted;
  const found = brought.get(wanted.hash);
  if (!found) {
    throw new BroughtError(
      "features-missing",
      `“${name}” (${F}×${H}×${W} tokens) is a file that somebody made, and was never uploaded: drop the same file here and the view comes back as it was`,
    );
  }
  const layer = found.features.layers[wanted.layer];
  const grid = layer?.grid;
  if (!grid || grid.F !== F || grid.H !== H || grid.W !== W) {
    throw new BroughtError(
      "features-missing",
      `${found.file.name} holds no features of ${F}×${H}×${W} tokens as its number ${wanted.layer}: choose one of its own in the menu of encoders`,
    );
  }
  return { file: found.file, layer, timesS: found.features.timesS, name };
}

/** Channels of a layer. @throws BroughtError "features-missing" */
export const channelsOf = (space: Workspace, id: BroughtId): number => held(space, id).layer.grid.C;

/** The moments that a layer's frames are of, by the answers that were given last. @throws BroughtError "features-missing" */
export const timesOf = (space: Workspace, id: BroughtId): readonly number[] => held(space, id).timesS;

/** Which moments of the clip are looked at, and what is to be said of those that are not. */
export interface Moments {
  /** undefined: whatever the window says. */
  readonly atS: readonly number[] | undefined;
  notices(found: readonly SampledFrame[]): string[];
}

/**
 * The moments that these encoders can be asked for together. Brought features are of moments of their own; those of the first of
 * them count that the others know as well. An encoder that takes one number of frames alone has the say over them.
 */
export function momentsOf(
  space: Workspace,
  encoders: readonly StudentId[],
  { startS, lengthS }: SamplingWindow,
): Moments {
  const files = encoders.filter(isBroughtId).map((id) => held(space, id));
  const dictated = encoders.some((id) => !isBroughtId(id) && (fixedInput(id)?.frames ?? null) !== null);
  const [first, ...others] = files;
  if (!first || dictated) return { atS: undefined, notices: () => [] };
  const knows = ({ timesS }: { readonly timesS: readonly number[] }, time: number) =>
    Math.abs(timesS[nearest(timesS, time)] - time) <= Math.max(halfStep(timesS), halfStep(first.timesS)) + ROUNDING_S;
  const endS = startS + lengthS;
  const wanted = first.timesS.filter(
    (time) => time >= startS - ROUNDING_S && time < endS - ROUNDING_S && others.every((other) => knows(other, time)),
  );
  // Not their seconds: features may be of a few moments of a long clip.
  const atS = wanted.slice(0, MAX_MOMENTS);
  return {
    atS,
    notices(found) {
      const F = first.timesS.length;
      if (found.length === F) return [];
      if (atS.length < wanted.length) {
        return [
          `“${first.name}” has ${F} frames and ${found.length} of them are shown: ${MAX_MOMENTS} are looked at at the most, so start the window later for those that follow`,
        ];
      }
      const near = found.map(({ timeS }) => timeS);
      const reach = halfStep(first.timesS) + ROUNDING_S;
      const left = first.timesS.filter((time) => Math.abs(near[nearest(near, time)] - time) > reach);
      const which =
        left.length > 0
          ? ` (${left.slice(0, LISTED).map(seconds).join(", ")}${left.length > LISTED ? ", …" : ""})`
          : "";
      const other = others.length > 0 ? " or the other side has nothing there" : "";
      return [
        `“${first.name}” has ${F} frames and ${found.length} of them are shown: the window or the clip has no frame at the others${which}${other}`,
      ];
    },
  };
}
const LISTED = 4;
/** Every one of them is kept at the encoder's size and as a picture: of 720×480 px together 320 MB. */
const MAX_MOMENTS = 128;
/** Times in files are rounded to microseconds or to whole milliseconds. */
const ROUNDING_S = 0.0012;

/**
 * Brought features of some frames: of each frame those that are nearest to it in time.
 * @throws BroughtError where they cannot be read, or a frame has none nearby
 */
export async function broughtFeatures(
  space: Workspace,
  id: BroughtId,
  frames: readonly SampledFrame[],
): Promise<TokenFeatures & { readonly data: Float32Array }> {
  const { file, layer, timesS, name } = held(space, id);
  const { F, H, W, C } = layer.grid;
  const picked = frames.map(({ timeS }) => nearest(timesS, timeS));
  // Twice: a frame may be nearest to a moment, and yet lie as far from it as the moments from each other.
  const reach = 2 * halfStep(timesS) + ROUNDING_S;
  const far = frames.find(({ timeS }, i) => Math.abs(timesS[picked[i]] - timeS) > reach);
  if (far) {
    throw new BroughtError(
      "features-file",
      `“${name}” is of ${seconds(timesS[0])} to ${seconds(timesS[F - 1])} and has nothing at ${seconds(far.timeS)}: choose a window within`,
    );
  }
  const { readLayer } = await reader();
  const all = await understood("features-file", file, () => readLayer(file, layer));
  const grid = { F: frames.length, H, W, C };
  if (picked.length === F && picked.every((from, i) => from === i)) return { data: all, grid, provider: null };
  const size = H * W * C;
  const data = new Float32Array(frames.length * size);
  for (const [i, from] of picked.entries()) data.set(all.subarray(from * size, (from + 1) * size), i * size);
  return { data, grid, provider: null };
}

/**
 * The frames inside a file of features, as a clip.
 * @returns null where nobody brought this file, or it holds no frames
 */
export async function openInnerFrames(space: Workspace, file: File): Promise<OpenedClip | null> {
  const hash = await readable(file.name, file, contentHash(file));
  const known = space.brought.get(keyOf(hash));
  const inner = known?.features.frames;
  if (!inner) return null;
  const { count, width, height, fps, place } = inner;
  const bytes = await understood("features-file", file, () =>
    readBytes(file.slice(place.begin, place.end), "the tensor of its frames", "write fewer or smaller frames"),
  );
  const clip = pictureClip({
    frames: Array.from({ length: count }, (_, f) =>
      opaque(bytes.subarray(f * width * height * 3, (f + 1) * width * height * 3)),
    ),
    size: { width, height },
    info: {
      contentHash: hash,
      name: file.name,
      bytes: file.size,
      container: "features",
      codec: "pictures",
      width,
      height,
      rotation: 0,
      durationS: count / fps,
      framesPerSecond: fps,
      constantRate: true,
      playerStartS: 0,
    },
  });
  return { clip, truth: null, prompt: "" };
}

/** RGB as RGBA. */
function opaque(rgb: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  const out = new Uint8ClampedArray((rgb.length / 3) * 4).fill(255);
  for (let i = 0; i < rgb.length / 3; i++) {
    for (let c = 0; c < 3; c++) out[4 * i + c] = rgb[3 * i + c];
  }
  return out;
}
