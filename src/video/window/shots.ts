/** Where a film is cut, from small pictures of its frames. Pure arithmetic. */

/** A frame, small: RGBA, `width`×`height`. */
export interface SmallFrame {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** Cells of a frame's layout along each side, and levels a channel of its histogram. */
const CELLS = 8;
const LEVELS = 6;

/** What of a frame a cut changes: which colours there are, and where it is bright. */
interface Look {
  /** Shares of the colours, LEVELS³. */
  readonly colours: Float32Array;
  /** Mean of each channel in each cell, 0 to 1. */
  readonly layout: Float32Array;
}

function lookOf({ width, height, data }: SmallFrame): Look {
  const colours = new Float32Array(LEVELS ** 3);
  const layout = new Float32Array(3 * CELLS * CELLS);
  const counts = new Uint32Array(CELLS * CELLS);
  for (let y = 0; y < height; y++) {
    const cellRow = CELLS * Math.floor((y * CELLS) / height);
    for (let x = 0; x < width; x++) {
      const at = 4 * (y * width + x);
      const cell = cellRow + Math.floor((x * CELLS) / width);
      counts[cell]++;
      let bin = 0;
      for (let channel = 0; channel < 3; channel++) {
        layout[3 * cell + channel] += data[at + channel];
        bin = bin * LEVELS + Math.floor((data[at + channel] * LEVELS) / 256);
      }
      colours[bin]++;
    }
  }
  for (let bin = 0; bin < colours.length; bin++) colours[bin] /= width * height;
  for (let i = 0; i < layout.length; i++) layout[i] /= 255 * Math.max(1, counts[Math.floor(i / 3)]);
  return { colours, layout };
}

/** How different two frames are, 0 to 1. Motion changes where things are but not which colours there are; a cut changes both. */
function difference(a: Look, b: Look): number {
  let colours = 0;
  for (let bin = 0; bin < a.colours.length; bin++) colours += Math.abs(a.colours[bin] - b.colours[bin]);
  let layout = 0;
  for (let i = 0; i < a.layout.length; i++) layout += Math.abs(a.layout[i] - b.layout[i]);
  // A quarter of the range, in the mean over the frame, is as different as two layouts commonly are.
  return Math.sqrt((colours / 2) * Math.min(1, (4 * layout) / a.layout.length));
}

/** A cut is at least this different … */
const LEAST = 0.2;
/** … and this many times as different as what else happens near it … */
const TIMES = 2.5;
/** … which is the larger steps among so many frames on either side. */
const NEAR = 6;
/** What lasts no longer than so many frames is a flash and no shot. */
const FLASH = 3;

/**
 * The frames at which a new shot begins, ascending. Hard cuts are found to the frame; fades and dissolves are not found, nor cuts between two pictures that look alike
 * in colours and layout. A flash of up to three frames is no cut.
 *
 * @param frames consecutive, in presentation order, all of one size
 */
export function findCuts(frames: readonly SmallFrame[]): number[] {
  const looks = frames.map(lookOf);
  const steps = looks.map((look, i) => (i === 0 ? 0 : difference(looks[i - 1], look)));
  const cuts: number[] = [];
  for (let i = 1; i < looks.length; i++) {
    if (steps[i] < LEAST || steps[i] < TIMES * usualNear(steps, i)) continue;
    const before = looks[i - 1];
    const returns = looks.slice(i, i + FLASH + 1).some((look, k) => k > 0 && difference(before, look) < steps[i] / 2);
    const returned = looks
      .slice(Math.max(0, i - 1 - FLASH), i - 1)
      .some((look) => difference(look, looks[i]) < steps[i] / 2);
    if (!returns && !returned) cuts.push(i);
  }
  return cuts;
}

/** The third largest of the steps near step i: at most two of them are other cuts, or the two sides of a flash. */
function usualNear(steps: readonly number[], i: number): number {
  const near = [...steps.slice(Math.max(1, i - NEAR), i), ...steps.slice(i + 1, i + 1 + NEAR)];
  return near.sort((a, b) => b - a)[2] ?? 0;
}
