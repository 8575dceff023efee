/** What is true of the open clip, from a file of the user's own or from points that were marked; and how well features follow it. */
import { scoreTracks, type TokenPlaces } from "../../alignment/track_score.ts";
import type { TrackedClip } from "../../formats/tracks_file.ts";
import { loadPart } from "../../site/files.ts";
import type { Clip } from "../../video/clip.ts";
import { motionOf, motionOfTracks, parseTruth, type TrueMotion, tokenPlace } from "../../video/truth.ts";
import { checkTaus } from "../checks.ts";
import { BadRequest } from "../failures.ts";
import type { PointTracks, Scored, ScoreRequest, TruthReply, TruthRequest } from "../protocol.ts";
import { type BroughtTruth, encodedClip, openedClip, type Running, truthOf, type Workspace } from "../workspace.ts";
import { understood } from "./reading.ts";

/** Points across and down the first frame, where the truth is of every pixel. */
const SPREAD = 16;

export async function truth(space: Workspace, { source }: TruthRequest): Promise<TruthReply> {
  const { clip } = openedClip(space);
  const { contentHash } = clip.info;
  // Points are of the clip that they were marked on, as a file's are of the one that is open.
  if (source?.kind !== "points" || source.clip === contentHash) space.truth = await truthFrom(source, clip);
  const { name = "", tracks = null } = space.truth ?? {};
  return { clip: contentHash, name, tracks, hasTruth: truthOf(space) !== null };
}

async function truthFrom(source: TruthRequest["source"], clip: Clip): Promise<BroughtTruth | null> {
  if (source === null) return null;
  const { name, width, height } = clip.info;
  const about: TrackedClip = { name, width, height, frames: await clip.frameCount() };
  if (source.kind === "file") return understood("truth-file", source.file, () => readTruth(source.file, about));
  return ofPoints("", source.kind === "points" ? checked(source.tracks, about) : noPoints(about), about);
}

const noPoints = ({ frames }: TrackedClip): PointTracks => ({
  names: [],
  frames,
  xy: new Float32Array(),
  visible: new Uint8Array(),
});

function checked(tracks: PointTracks, { frames, name }: TrackedClip): PointTracks {
  if (tracks.frames !== frames)
    throw new BadRequest(`the points are of ${tracks.frames} frames and ${name} has ${frames}`);
  return tracks;
}

const ofPoints = (name: string, tracks: PointTracks, size: TrackedClip): BroughtTruth => ({
  name,
  tracks,
  motion: motionOfTracks(tracks, size),
});

async function readTruth(file: File, clip: TrackedClip): Promise<BroughtTruth> {
  const { name } = file;
  if (/\.json$/i.test(name)) return { name, tracks: null, motion: await readMotion(file, clip) };
  const { openNpz, tracksOfCsv, tracksOfNpz } = await loadPart(
    "the reader of point tracks",
    () => import("./tracks_parts.ts"),
  );
  if (/\.csv$/i.test(name)) return ofPoints(name, tracksOfCsv(await file.text(), clip), clip);
  if (/\.npz$/i.test(name)) return ofPoints(name, await tracksOfNpz(await openNpz(file), clip), clip);
  throw new Error(
    'this is a pickle, which may run programs and is never opened here: load it where you trust it and save its arrays, np.savez("tracks.npz", points=points, occluded=occluded)',
  );
}

/** Our own truth of a built-in clip: layers under affine maps. */
async function readMotion(file: File, clip: TrackedClip): Promise<TrueMotion> {
  let json: unknown;
  try {
    json = JSON.parse(await file.text());
  } catch (cause) {
    throw new Error(`it is not JSON: ${cause instanceof Error ? cause.message.slice(0, 80) : cause}`, { cause });
  }
  const { width, height, frames, ...rest } = parseTruth(json);
  if (width !== clip.width || height !== clip.height || frames !== clip.frames) {
    throw new Error(
      `the truth is of ${frames} frames of ${width}×${height} px and ${clip.name} has ${clip.frames} of ${clip.width}×${clip.height}: open the clip that it belongs to`,
    );
  }
  return motionOf({ width, height, frames, ...rest });
}

export async function score(space: Workspace, { taus }: ScoreRequest, { pause }: Running): Promise<Scored> {
  const { encoder, token, grid, frames } = encodedClip(space);
  checkTaus(taus);
  const motion = truthOf(space);
  if (!motion) throw new BadRequest("this clip has no truth to be scored by: drop point tracks beside it");
  const indices = frames.map(({ index }) => index);
  const tracks = space.truth?.tracks;
  const places = tracks ? placesOf(tracks, motion, indices, grid) : spreadPlaces(motion, indices, grid);
  const { F, H, W } = grid;
  const scores = await scoreTracks(space.compute.engine, places, taus, pause);
  return { encoder, token, grid: { F, H, W }, frames, ...scores };
}

type Plane = { readonly H: number; readonly W: number };

function placesOf(
  { names, frames, xy, visible }: PointTracks,
  size: TrueMotion,
  indices: readonly number[],
  grid: Plane,
): TokenPlaces {
  const places = new Float32Array(2 * names.length * indices.length).fill(Number.NaN);
  for (let n = 0; n < names.length; n++) {
    for (const [f, frame] of indices.entries()) {
      const at = n * frames + frame;
      if (visible[at]) places.set(tokenPlace(size, grid, xy[2 * at], xy[2 * at + 1]), 2 * (n * indices.length + f));
    }
  }
  return { N: names.length, places };
}

/** Points evenly over the first frame, followed by the truth. */
function spreadPlaces(motion: TrueMotion, indices: readonly number[], grid: Plane): TokenPlaces {
  const N = SPREAD * SPREAD;
  const places = new Float32Array(2 * N * indices.length).fill(Number.NaN);
  for (let n = 0; n < N; n++) {
    const x = (((n % SPREAD) + 0.5) * motion.width) / SPREAD;
    const y = ((Math.floor(n / SPREAD) + 0.5) * motion.height) / SPREAD;
    for (const [f, frame] of indices.entries()) {
      const to = motion.track(indices[0], x, y, frame, [0, 0]);
      if (to.visible) places.set(tokenPlace(motion, grid, to.x, to.y), 2 * (n * indices.length + f));
    }
  }
  return { N, places };
}
