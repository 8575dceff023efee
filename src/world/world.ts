/** (prompt, seed) → clip: the front of this folder. */
import { createFluid } from "./fluid/fluid.ts";
import { type Attributes, parsePrompt, promptOf } from "./language/grammar.ts";
import { PATTERNS, type Pattern, TEMPLATE_NAMES } from "./language/patterns.ts";
import { changedLaws, type Laws, USUAL_LAWS } from "./laws.ts";
import { Random, seedOf } from "./random.ts";
import { render } from "./render/render.ts";
import { loadRapier, type Rapier } from "./rigid.ts";
import { simulate } from "./simulate.ts";
import { TEMPLATES } from "./templates/index.ts";
import { bodiesOf, truthOf } from "./truth.ts";
import { type Category, CLIP, type Scene, type Snapshot, type TemplateName, type WorldClip } from "./types.ts";

/** A scene whose event is not seen is built again with the next draws, at most this often. */
const TRIES = 60;

export interface World {
  /**
   * The clip of a sentence and a seed: always the same, to the bit. The clip's own `prompt` is the sentence in its normal form.
   * @param seed a whole number in [0, 2³²)
   * @param laws of the world that it happens in, checked by `lawsWith`; the same draws under all of them
   * @throws Error of one sentence where the prompt is outside the grammar, the seed is no such number, or no scene of them shows it
   */
  makeClip(prompt: string, seed: number, laws?: Laws): WorldClip;
}

/** Compiles the physics engine, once; after that clips are made synchronously. */
export async function createWorld(): Promise<World> {
  const rapier = await loadRapier();
  return { makeClip: (prompt, seed, laws = USUAL_LAWS) => makeClip(rapier, prompt, seed, laws) };
}

/** What `npm run world -- --list` prints. */
export interface TemplateSummary {
  readonly template: TemplateName;
  readonly category: Category;
  readonly example: string;
  readonly traits: Pattern["traits"];
}

export const listTemplates = (): TemplateSummary[] =>
  TEMPLATE_NAMES.map((template) => ({
    template,
    category: PATTERNS[template].category,
    example: TEMPLATES[template].example,
    traits: PATTERNS[template].traits,
  }));

function makeClip(rapier: Rapier, prompt: string, seed: number, laws: Laws): WorldClip {
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
    throw new Error(`a seed is a whole number from 0 to ${2 ** 32 - 1}, got ${seed}`);
  }
  const attributes = parsePrompt(prompt);
  const { scene, snapshots } = stage(rapier, attributes, seed, laws);
  const bodies = bodiesOf(scene, snapshots);
  return {
    prompt: promptOf(attributes),
    template: attributes.template,
    category: PATTERNS[attributes.template].category,
    seed,
    laws,
    scene,
    snapshots,
    bodies,
    ...render(scene, snapshots),
    ...truthOf(scene, snapshots),
  };
}

/** Builds and runs scenes until one shows what the sentence says. */
function stage(
  rapier: Rapier,
  attributes: Attributes,
  seed: number,
  laws: Laws,
): { scene: Scene; snapshots: Snapshot[] } {
  const template = TEMPLATES[attributes.template];
  const random = new Random(seedOf(promptOf(attributes), seed));
  for (let i = 0; i < TRIES; i++) {
    const scene = template.build(attributes, random, laws);
    const snapshots = simulate(rapier, scene, createFluid);
    if (template.happens(scene, snapshots)) return { scene, snapshots };
  }
  const remedy = Object.keys(changedLaws(laws)).length > 0 ? "another seed, or other laws" : "another seed";
  throw new Error(`"${promptOf(attributes)}" with seed ${seed} shows nothing in ${CLIP.frames} frames: take ${remedy}`);
}
