/**
 * What a student is trained on: whose sentences, in which world, how many clips, drawn from which seed. Splits are the world's own
 * (src/world/language/splits.ts), so what a task trains on and what it is measured on never meet.
 */
import { parsePrompt, promptOf } from "../world/language/grammar.ts";
import { PATTERNS, TEMPLATE_NAMES, type TemplateName, templatesWith } from "../world/language/patterns.ts";
import { type Split, sampleClip, seedAt } from "../world/language/splits.ts";
import { changedLaws, type Laws, USUAL_LAWS } from "../world/laws.ts";

interface Choice {
  readonly says: string;
  /** Templates whose sentences are drawn, in turn. */
  readonly templates: readonly TemplateName[];
}

const isDry = ({ category }: { readonly category: string }) => category === "solid-solid";

/** The tasks by name, beside a sentence of one's own. */
export const TASKS: Readonly<Record<string, Choice>> = {
  everything: { says: "all templates in turn", templates: TEMPLATE_NAMES },
  solids: { says: "the templates without liquid", templates: templatesWith(isDry) },
  liquids: { says: "the templates with liquid", templates: templatesWith((pattern) => !isDry(pattern)) },
  ...Object.fromEntries(TEMPLATE_NAMES.map((name) => [name, { says: PATTERNS[name].words, templates: [name] }])),
};

export interface Task {
  /** A name of TASKS, or a sentence of the grammar: then every clip has it, and only the seed varies. */
  readonly name: string;
  readonly templates: readonly TemplateName[];
  readonly sentence: string | null;
  /** Clips to train on. */
  readonly clips: number;
  /** Another seed, other clips: no two seeds share one. */
  readonly seed: number;
  readonly laws: Laws;
  /** Share of the clips of a batch whose first token frame is given: 0 is from text alone. */
  readonly given: number;
}

/** One clip to be made. */
export interface TaskClip {
  readonly prompt: string;
  readonly seed: number;
  readonly laws: Laws;
}

export const TASK_DEFAULTS = { clips: 512, seed: 0, laws: USUAL_LAWS, given: 0.5 } as const;

/** Clips of a template in one seed's share, and how many shares fit into the world's 32 bits of seed, of which validation has a 16th. */
const SHARE = 4096;
const SHARES = 2 ** 32 / 16 / SHARE;

/**
 * @param name one of TASKS, or a sentence
 * @throws Error of one sentence that says what is wrong and what may stand there
 */
export function taskOf(name: string, options: Partial<Omit<Task, "name" | "templates" | "sentence">> = {}): Task {
  const { clips, seed, laws, given } = { ...TASK_DEFAULTS, ...options };
  const chosen = choose(name);
  const most = SHARE * chosen.templates.length;
  whole("clips", clips, 1, most);
  whole("the task's seed", seed, 0, SHARES - 1);
  if (!(given >= 0 && given <= 1)) throw new Error(`given is a share from 0 to 1, got ${given}`);
  return { ...chosen, clips, seed, laws, given };
}

function choose(name: string): Pick<Task, "name" | "templates" | "sentence"> {
  if (Object.hasOwn(TASKS, name)) return { name, templates: TASKS[name].templates, sentence: null };
  if (!name.trim().includes(" ")) {
    throw new Error(`a task is one of ${Object.keys(TASKS).join(", ")}, or a sentence in quotes, got ${name}`);
  }
  const attributes = parsePrompt(name);
  const sentence = promptOf(attributes);
  return { name: sentence, templates: [attributes.template], sentence };
}

function whole(what: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new Error(`${what} must be a whole number from ${least} to ${most}, got ${value}`);
}

/**
 * Clip i of a task: the same sentence and seed every time, templates in turn.
 * @param split "train" is trained on. A task of one sentence has "train" and "validation", which differ by seed
 * @throws Error of one sentence where the task has no clips of this split, or not so many
 */
export function taskClip({ templates, sentence, seed, laws }: Task, split: Split, i: number): TaskClip {
  const [turn, place] = [Math.floor(i / templates.length), i % templates.length];
  whole("a clip's number", turn, 0, SHARE - 1);
  const index = seed * SHARE + turn;
  if (sentence === null) return { ...sampleClip(split, index, templates[place]), laws };
  if (split !== "train" && split !== "validation") {
    throw new Error(`a task of one sentence is measured on "validation", its other seeds, not on "${split}"`);
  }
  return { prompt: sentence, seed: seedAt(split, index), laws };
}

/** A task in a line, for reports: "solids, 512 clips of seed 0, gravity 0.25". */
export function taskLine({ name, clips, seed, laws }: Task): string {
  const changed = Object.entries(changedLaws(laws)).map(([law, value]) => `${law} ${value}`);
  return [name, `${clips} clips of seed ${seed}`, ...changed].join(", ");
}
