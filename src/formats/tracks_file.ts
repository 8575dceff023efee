/**
 * Points that somebody followed through a clip, as docs/bring-your-own.md describes the files: TAP-Vid's arrays in an .npz, or a table
 * track,frame,x,y,visible. Everything that such a file can get wrong is an Error of one sentence.
 */
import { csvRows } from "./csv.ts";
import type { NpyArray } from "./npy.ts";
import { type Npz, namesOf } from "./npz.ts";
import { type PointTracks, TRACK_COLUMNS } from "./tracks_csv.ts";

/** The clip that they are of. */
export interface TrackedClip {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly frames: number;
}

/** Points in all frames, the most that are held: 8 bytes of each, and 1. */
const MAX_PLACES = 2 ** 23;
/** Where all that is seen lies in here it is in fractions of the frame, some beyond its edge: no clip's points all stay within 2 px. */
const FRACTIONS = [-1, 2] as const;

/**
 * TAP-Vid's arrays: `points` (or `target_points`) [N, T, 2] as x, y, or [1, N, T, 2], and `occluded` [N, T], or [1, N, T]. Visible
 * places that all lie within -1 and 2 are fractions of the frame; others are pixels of `size` [height, width] where the file has it,
 * else of the frames of `video` [T, height, width, 3], else of the clip.
 * @throws Error with one sentence
 */
export async function tracksOfNpz(file: Npz, clip: TrackedClip): Promise<PointTracks> {
  const { names } = file;
  const held = (wanted: readonly string[]) => wanted.find((name) => names.includes(name));
  const pointsName = held(["points", "target_points"]);
  const occludedName = held(["occluded", "occlusion"]);
  if (!pointsName || !occludedName) {
    const missing = pointsName ? `"occluded" [N, T]` : `"points" [N, T, 2]`;
    throw new Error(`the file has no array ${missing}, it holds ${namesOf(names)}: name them as TAP-Vid does`);
  }
  const points = unbatched(await file.read(pointsName), pointsName, 3);
  const [N, T, two] = points.shape;
  if (points.shape.length !== 3 || two !== 2 || N === 0) {
    throw new Error(`array "${pointsName}" must be [N, T, 2], got [${points.shape}]`);
  }
  const occluded = unbatched(await file.read(occludedName), occludedName, 2);
  if (occluded.shape.join() !== `${N},${T}`) {
    throw new Error(`array "${occludedName}" must be [${N}, ${T}], as many as the points, got [${occluded.shape}]`);
  }
  if (T !== clip.frames) {
    throw new Error(
      `the points are of ${T} frames and ${clip.name} has ${clip.frames}: write one place for each frame of this clip, in its order`,
    );
  }
  checkPlaces(N, T);
  const visible = Uint8Array.from(occluded.data, (value) => (value === 0 ? 1 : 0));
  const bad = visible.findIndex(
    (seen, i) => seen === 1 && !(Number.isFinite(points.data[2 * i]) && Number.isFinite(points.data[2 * i + 1])),
  );
  if (bad >= 0) {
    throw new Error(
      `point ${Math.floor(bad / T)} is seen in frame ${bad % T} and has no finite place there: mark it as occluded, or say where it is`,
    );
  }
  const fractions = areFractions(points.data, visible);
  const [width, height] = fractions ? [1, 1] : await sizeOf(file, clip);
  const xy = Float32Array.from(
    points.data,
    (value, i) => value * (i % 2 === 0 ? clip.width / width : clip.height / height),
  );
  const tracks = { names: Array.from({ length: N }, (_, n) => String(n)), frames: T, xy, visible };
  return checkInside(tracks, clip, fractions ? OUTSIDE.fractions : OUTSIDE.pixels);
}

/** An array without the axis of one clip in front. */
function unbatched(array: NpyArray, name: string, sides: number): NpyArray {
  const { shape } = array;
  if (shape.length !== sides + 1) return array;
  if (shape[0] !== 1)
    throw new Error(`array "${name}" [${shape}] is of ${shape[0]} clips: a file is of one, so write ${name}[0]`);
  return { ...array, shape: shape.slice(1) };
}

const areFractions = (places: ArrayLike<number>, visible: Uint8Array): boolean =>
  visible.every((seen, i) => seen === 0 || (isFraction(places[2 * i]) && isFraction(places[2 * i + 1])));

const isFraction = (value: number): boolean => value >= FRACTIONS[0] && value <= FRACTIONS[1];

/** Width and height of the frame in whose pixels the places are counted. */
async function sizeOf(file: Npz, clip: TrackedClip): Promise<readonly [number, number]> {
  if (file.names.includes("size")) {
    const { data } = await file.read("size");
    const [height, width] = data;
    if (!(data.length === 2 && height >= 1 && width >= 1))
      throw new Error(`array "size" must be [height, width] in pixels, got ${data.length} numbers`);
    return [width, height];
  }
  if (file.names.includes("video")) {
    const shape = await file.shape("video");
    const [height, width] = shape.slice(-3);
    if (shape.length < 4 || shape.at(-1) !== 3)
      throw new Error(`array "video" must be [T, height, width, 3], got [${shape}]`);
    return [width, height];
  }
  return [clip.width, clip.height];
}

/**
 * A table with the columns track, frame, x, y and perhaps visible, in any order, a line for each place that is known. Frames are
 * counted from 0 as ffmpeg and OpenCV do, x and y are pixels of the clip; where no line is, nothing is known.
 * @throws Error with one sentence that names the line
 */
export function tracksOfCsv(text: string, clip: TrackedClip): PointTracks {
  checkCommas(text);
  const [header, ...rows] = csvRows(text);
  const columns = (header?.cells ?? []).map((cell) => cell.trim().toLowerCase());
  const places = TRACK_COLUMNS.map((name) => columns.indexOf(name));
  const missing = TRACK_COLUMNS.find((name, i) => places[i] < 0 && name !== "visible");
  if (missing)
    throw new Error(`the table has no column "${missing}": its first line must name ${TRACK_COLUMNS.join(",")}`);
  if (rows.length === 0)
    throw new Error("the table has no line below its header: write a line for each place of a point");
  const numbers = new Map<string, number>();
  const numberOf = rows.map(({ cells }) => {
    const name = cells[places[0]]?.trim() ?? "";
    const number = numbers.get(name) ?? numbers.size;
    numbers.set(name, number);
    return number;
  });
  const [N, T] = [numbers.size, clip.frames];
  checkPlaces(N, T);
  const xy = new Float32Array(2 * N * T).fill(Number.NaN);
  const visible = new Uint8Array(N * T);
  const told = new Uint8Array(N * T);
  for (const [i, { cells: row, line }] of rows.entries()) {
    const [name = "", ...cells] = places.map((place) => row[place]?.trim());
    const [frame, x, y] = cells.map((cell) => (cell ? Number(cell) : Number.NaN));
    if (!(Number.isInteger(frame) && frame >= 0))
      throw new Error(`line ${line} has frame "${brief(cells[0])}": count the frames from 0`);
    if (frame >= T)
      throw new Error(
        `line ${line} is of frame ${frame} and ${clip.name} has frames 0 to ${T - 1}: are the frames counted in another file, or from 1?`,
      );
    const seen = seenOf(cells[3], line);
    if (seen && !(Number.isFinite(x) && Number.isFinite(y)))
      throw new Error(
        `line ${line} has x "${brief(cells[1])}" and y "${brief(cells[2])}": both must be numbers where the point is visible`,
      );
    const at = numberOf[i] * T + frame;
    if (told[at]) throw new Error(`line ${line} tells of track "${brief(name)}" in frame ${frame} a second time`);
    told[at] = 1;
    visible[at] = seen ? 1 : 0;
    if (Number.isFinite(x) && Number.isFinite(y)) xy.set([x, y], 2 * at);
  }
  return checkInside({ names: [...numbers.keys()], frames: T, xy, visible }, clip, OUTSIDE.pixels);
}

/** Office programs write semicolons or tabs where the decimal point is a comma. */
function checkCommas(text: string): void {
  const [header] = text.replace("\ufeff", "").split(/[\r\n]/, 1);
  const found = header.includes(",") ? undefined : SEPARATORS.find(([separator]) => header.includes(separator));
  if (!found) return;
  throw new Error(
    `the columns of its first line, "${brief(header)}", are separated by ${found[1]}: separate them by commas, and write decimals with a point`,
  );
}

const SEPARATORS = [
  [";", "semicolons"],
  ["\t", "tabs"],
] as const;

function seenOf(cell: string | undefined, line: number): boolean {
  if (cell === undefined || /^(1|true|1\.0)$/i.test(cell)) return true;
  if (/^(0|false|0\.0)$/i.test(cell)) return false;
  throw new Error(`line ${line} has visible "${brief(cell)}": write 1 or 0`);
}

const brief = (text: string | undefined): string => (text ?? "").slice(0, 40);

function checkPlaces(N: number, T: number): void {
  if (N * T > MAX_PLACES) {
    throw new Error(
      `${N} points in ${T} frames are ${N * T} places, and ${MAX_PLACES} are held at the most: write fewer points`,
    );
  }
}

/** What to do about a place outside the frame, by what places are counted in. */
const OUTSIDE = {
  pixels: "are these pixels of another size? An .npz may say size=[height, width]",
  fractions:
    "places within -1 and 2 are read as fractions of the frame, so mark a point as occluded where it has left the frame",
} as const;

/** What is seen lies in the frame, but for a pixel's rounding. */
function checkInside(tracks: PointTracks, { name, width, height }: TrackedClip, outside: string): PointTracks {
  const { xy, visible, frames, names } = tracks;
  const bad = visible.findIndex((seen, i) => {
    const [x, y] = [xy[2 * i], xy[2 * i + 1]];
    return seen === 1 && !(x >= -1 && y >= -1 && x <= width + 1 && y <= height + 1);
  });
  if (bad < 0) return tracks;
  const [x, y] = [xy[2 * bad], xy[2 * bad + 1]].map((value) => Number(value.toFixed(1)));
  throw new Error(
    `track "${brief(names[Math.floor(bad / frames)])}" is visible at ${x}, ${y} in frame ${bad % frames}, outside the ${width}×${height} px of ${name}: ${outside}`,
  );
}
