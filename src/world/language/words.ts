/** The closed set of words of the prompts. */
import { COLOURS } from "../render/palette.ts";

export type SizeWord = "tiny" | "small" | "large" | "huge";
export type SpeedWord = "very slowly" | "slowly" | "quickly" | "very quickly";
export type Heading = "left" | "right";
export type Noun = "ball" | "box" | "liquid" | "drop" | "stream";
export type Weight = "heavy" | "light";

/** In the order of size; training sees only the middle two. */
export const SIZES: readonly SizeWord[] = ["tiny", "small", "large", "huge"];
/** In the order of speed; training sees only the middle two. */
export const SPEEDS: readonly SpeedWord[] = ["very slowly", "slowly", "quickly", "very quickly"];
export const HEADINGS: readonly Heading[] = ["left", "right"];

/** A prompt has at most this many words. */
export const MAX_WORDS = 12;

/** Token ids are positions in here; 0 pads. Append only: shipped checkpoints have learnt the ids. */
export const VOCABULARY: readonly string[] = [
  "",
  ..."a an the".split(" "),
  ...COLOURS,
  ...SIZES,
  ..."ball box liquid drop stream floor ledge".split(" "),
  ..."heavy light".split(" "),
  ..."hits bounces slides sinks floats pours moves meets falls crosses".split(" "),
  ..."on off in into onto through above from to".split(" "),
  ..."left right very slowly quickly".split(" "),
];

const IDS = new Map(VOCABULARY.map((word, id) => [word, id]));

/** Token ids [12] of a prompt of the grammar, padded with 0. */
export function tokensOf(prompt: string): Uint8Array {
  const ids = new Uint8Array(MAX_WORDS);
  for (const [i, word] of prompt.split(" ").entries()) ids[i] = IDS.get(word) ?? 0;
  return ids;
}
