/** Which part of a clip to look at first: inside one shot, where something moves by itself. Pure arithmetic. */
import {
  BLOCK,
  blocksOf,
  distinctness,
  type Grey,
  greyOf,
  type MovingBlock,
  middleOf,
  ownMotion,
} from "./own_motion.ts";
import { findCuts, type SmallFrame } from "./shots.ts";

/** About as long as a first window should be. */
const LENGTH_S = 2;
/** What is of one shot and no longer than this is looked at whole. */
const SHORT_S = 3;
/** A film of few frames a second is looked at for longer, until it has shown so many, within the longest window there is. */
const LEAST_FRAMES = 16;
const LONGEST_S = 10;
/** Two frames that motion is measured between are about so far apart. */
const PAIR_S = 0.1;
/** At most about so many pairs of a survey are compared. */
const MOST_PAIRS = 150;
/**
 * Own motion below this, in grey levels over the part of the frame that moves most, may be the camera's: clips whose camera alone moves
 * came to 4 at the most, those in which something does to 8 and more.
 */
const STILL = 6;
/** Places for the first query: at most so many, none overlapping another, none with less than this part of the best one's score. */
const PLACES = 12;
const NEARLY_BEST = 0.3;
/** The part of a frame's blocks that has to move for something to move. */
const MOVING_PART = 0.06;

export interface StartWindow {
  readonly startS: number;
  readonly lengthS: number;
  /** Where a query may begin, in the window's first frame as fractions of it; the best by what is seen of it comes first. */
  readonly queries: readonly (readonly [x: number, y: number])[];
  /** Whether something moves in it that is not the camera. */
  readonly moves: boolean;
}

/** What was seen of a clip, or of a part of it, frame by frame. */
export interface Survey {
  readonly fromS: number;
  /** Where what was looked at ends. */
  readonly toS: number;
  /** When each shot after the first begins, ascending, from the clip's first frame. */
  readonly cutsS: readonly number[];
  /** null where none was asked for, or too little seen. */
  readonly start: StartWindow | null;
}

/**
 * @param frames consecutive frames, small, of one size
 * @param timesS when each is shown, ascending
 * @param endS when the last one ends
 * @param start whether to choose a window, which takes much longer than to find the cuts
 */
export function surveyFrames(
  frames: readonly SmallFrame[],
  timesS: readonly number[],
  endS: number,
  start: boolean,
): Survey {
  const cuts = findCuts(frames);
  const survey = { fromS: timesS[0] ?? 0, toS: endS, cutsS: cuts.map((cut) => timesS[cut]) };
  return { ...survey, start: start ? chooseStart(frames, timesS, shotsOf(cuts, timesS, endS)) : null };
}

/** A run of frames between two cuts: its first frame, the one after its last, and when that one begins. */
interface Shot {
  readonly from: number;
  readonly to: number;
  readonly endS: number;
}

function shotsOf(cuts: readonly number[], timesS: readonly number[], endS: number): Shot[] {
  const starts = [0, ...cuts];
  return starts.map((from, i) => {
    const to = starts[i + 1] ?? timesS.length;
    return { from, to, endS: timesS[to] ?? endS };
  });
}

interface Candidate {
  readonly from: number;
  readonly startS: number;
  readonly lengthS: number;
  readonly motion: number;
}

function chooseStart(
  frames: readonly SmallFrame[],
  timesS: readonly number[],
  shots: readonly Shot[],
): StartWindow | null {
  const greys = frames.map(greyOf);
  const stepS = timesS.length > 1 ? (timesS[timesS.length - 1] - timesS[0]) / (timesS.length - 1) : 1;
  const step = Math.max(1, Math.round(PAIR_S / stepS));
  const every = Math.max(step, Math.ceil(greys.length / MOST_PAIRS));
  const [only] = shots;
  const short = shots.length === 1 && only.endS - timesS[0] <= SHORT_S;
  const longS = Math.max(short ? SHORT_S : LENGTH_S, Math.min(LEAST_FRAMES * stepS, LONGEST_S));
  const candidates = shots.flatMap((shot) => candidatesOf(shot, greys, timesS, { step, every, longS }));
  const best = candidates.reduce<Candidate | null>((a, b) => (a === null || b.motion > a.motion ? b : a), null);
  if (!best) return null;
  const moves = best.motion >= STILL;
  const longest = shots.reduce((a, b) => (b.endS - timesS[b.from] > a.endS - timesS[a.from] ? b : a));
  const still = candidates.find(({ from }) => from === longest.from);
  const chosen = moves ? best : (still ?? best);
  const { from, startS, lengthS } = chosen;
  const next = Math.min(from + step, greys.length - 1);
  return { startS, lengthS, queries: placesIn(greys[from], ownMotion(greys[from], greys[next])), moves };
}

/** Windows of a shot that begin a quarter of a second apart, and how much moves in each on average. */
function candidatesOf(
  shot: Shot,
  greys: readonly Grey[],
  timesS: readonly number[],
  { step, every, longS }: { readonly step: number; readonly every: number; readonly longS: number },
): Candidate[] {
  const motion: { readonly timeS: number; readonly amount: number }[] = [];
  for (let i = shot.from; i + step < shot.to; i += every) {
    motion.push({ timeS: timesS[i], amount: amountOf(ownMotion(greys[i], greys[i + step])) });
  }
  const startS = timesS[shot.from];
  const lengthS = Math.min(longS, shot.endS - startS);
  if (motion.length === 0) return [];
  const candidates: Candidate[] = [];
  for (let at = shot.from, lastS = Number.NEGATIVE_INFINITY; at < shot.to; at++) {
    const late = timesS[at] + lengthS > shot.endS + 1e-3;
    if (at > shot.from && late) break;
    if (timesS[at] - lastS < 0.25) continue;
    lastS = timesS[at];
    const inside = motion.filter(({ timeS }) => timeS >= lastS - 1e-6 && timeS < lastS + lengthS - 1e-6);
    if (inside.length === 0) continue;
    // A shot of a blink is worth less than a long one with as much in it.
    const whole = Math.min(1, lengthS / LENGTH_S);
    const mean = inside.reduce((sum, { amount }) => sum + amount, 0) / inside.length;
    candidates.push({ from: at, startS: lastS, lengthS, motion: mean * whole });
  }
  return candidates;
}

/** The mean gain of the blocks that move most. */
function amountOf(blocks: readonly MovingBlock[]): number {
  if (blocks.length === 0) return 0;
  const gains = blocks.map(({ gain }) => gain).sort((a, b) => b - a);
  const counted = gains.slice(0, Math.max(1, Math.round(MOVING_PART * gains.length)));
  return counted.reduce((sum, gain) => sum + gain, 0) / counted.length;
}

/** The middles of the blocks that move by themselves and look like no other; where none moves, of the most distinctive ones. */
function placesIn(grey: Grey, moving: readonly MovingBlock[]): StartWindow["queries"] {
  const blocks = blocksOf(grey);
  if (blocks.length === 0) return [[0.5, 0.5]];
  const unlike = distinctness(grey, blocks);
  const most = Math.max(...moving.map(({ gain }) => gain));
  const score = (i: number) => (most >= STILL ? moving[i].gain : 1) * unlike[i];
  const ranked = blocks.map((block, i) => ({ block, score: score(i) })).sort((a, b) => b.score - a.score);
  const places: typeof ranked = [];
  for (const one of ranked) {
    if (places.length === PLACES || one.score < NEARLY_BEST * ranked[0].score) break;
    const { x, y } = one.block;
    if (places.every(({ block }) => Math.max(Math.abs(block.x - x), Math.abs(block.y - y)) >= BLOCK)) places.push(one);
  }
  return places.map(({ block }) => middleOf(block, grey));
}
