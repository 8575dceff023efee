/**
 * The table of templates: each one's sentence, and what is true of its scenes. Whoever wants to know what a template is like asks for a
 * trait here and never compares names, so a new template is a row, a scene (src/world/templates) and an event to test.
 */
export type Category = "solid-solid" | "solid-fluid" | "fluid-fluid";

/** What the sentence tells; the judge has one test for each. */
export type Event = "hit" | "bounce" | "slide-off" | "plunge" | "pour" | "drag" | "meet" | "overturn" | "drop";

interface Traits<Name> {
  /** Where its solids move: over a table seen from above, through the air, or in liquid. null: it has none. */
  readonly setting: "table" | "air" | "liquid" | null;
  /** What its solids weigh, a key of DENSITY. */
  readonly body: "solid" | "sinking" | "floating";
  readonly event: Event;
  /** Its first solid slides on a ledge at first. */
  readonly ledge: boolean;
  /** Where liquid comes in while the clip runs: from above, or through the sides. null: all of it is there from the start. */
  readonly poured: "above" | "sides" | null;
  /** Its first solid is drawn along at a steady speed from outside, by work that no picture shows. */
  readonly driven: boolean;
  /** A heavy liquid lies on a light one at first: they come apart again by themselves. */
  readonly layered: boolean;
  /** A sentence that the same bodies could stand in and whose event this clip does not show. */
  readonly unlike: Name;
}

export interface Pattern<Name = TemplateName> {
  readonly category: Category;
  /** ARTICLE, SIZE and COLOUR stand for themselves, ball|box for either. */
  readonly words: string;
  /** What may follow: a speed, and a direction after this word. */
  readonly speed: boolean;
  readonly direction: "from" | "to" | null;
  readonly traits: Traits<Name>;
}

/** Solids on a table or in the air, and nothing else. */
const DRY = { body: "solid", ledge: false, poured: null, driven: false, layered: false } as const;
/** A tank with a solid in it. */
const WET = { ...DRY, setting: "liquid" } as const;
/** Liquids alone. */
const FLUID = { ...DRY, setting: null } as const;

const TABLE = {
  collide: {
    category: "solid-solid",
    words: "ARTICLE SIZE COLOUR ball hits ARTICLE SIZE COLOUR ball",
    speed: true,
    direction: "from",
    traits: { ...DRY, setting: "table", event: "hit", unlike: "hit-box" },
  },
  "hit-box": {
    category: "solid-solid",
    words: "ARTICLE SIZE COLOUR ball hits ARTICLE SIZE COLOUR box",
    speed: true,
    direction: "from",
    traits: { ...DRY, setting: "table", event: "hit", unlike: "collide" },
  },
  bounce: {
    category: "solid-solid",
    words: "ARTICLE SIZE COLOUR ball bounces on the floor",
    speed: true,
    direction: "to",
    traits: { ...DRY, setting: "air", event: "bounce", unlike: "slide-off" },
  },
  "slide-off": {
    category: "solid-solid",
    words: "ARTICLE SIZE COLOUR box slides off a ledge",
    speed: true,
    direction: "to",
    traits: { ...DRY, setting: "air", event: "slide-off", ledge: true, unlike: "bounce" },
  },
  sink: {
    category: "solid-fluid",
    words: "ARTICLE SIZE COLOUR ball|box sinks in COLOUR liquid",
    speed: false,
    direction: null,
    traits: { ...WET, body: "sinking", event: "plunge", unlike: "float" },
  },
  float: {
    category: "solid-fluid",
    words: "ARTICLE SIZE COLOUR ball|box floats in COLOUR liquid",
    speed: false,
    direction: null,
    traits: { ...WET, body: "floating", event: "plunge", unlike: "sink" },
  },
  pour: {
    category: "solid-fluid",
    words: "COLOUR liquid pours onto ARTICLE SIZE COLOUR box",
    speed: true,
    direction: "from",
    traits: { ...WET, body: "sinking", event: "pour", poured: "above", unlike: "drag" },
  },
  drag: {
    category: "solid-fluid",
    words: "ARTICLE SIZE COLOUR box moves through COLOUR liquid",
    speed: true,
    direction: "to",
    traits: { ...WET, event: "drag", driven: true, unlike: "pour" },
  },
  mix: {
    category: "fluid-fluid",
    words: "COLOUR liquid meets COLOUR liquid",
    speed: true,
    direction: "from",
    traits: { ...FLUID, event: "meet", unlike: "drop" },
  },
  overturn: {
    category: "fluid-fluid",
    words: "heavy COLOUR liquid above light COLOUR liquid",
    speed: false,
    direction: null,
    traits: { ...FLUID, event: "overturn", layered: true, unlike: "drop" },
  },
  drop: {
    category: "fluid-fluid",
    words: "ARTICLE SIZE COLOUR drop falls into COLOUR liquid",
    speed: true,
    direction: null,
    traits: { ...FLUID, event: "drop", unlike: "overturn" },
  },
  stream: {
    category: "fluid-fluid",
    words: "ARTICLE COLOUR stream crosses ARTICLE COLOUR stream",
    speed: true,
    direction: "from",
    traits: { ...FLUID, event: "meet", poured: "sides", unlike: "drop" },
  },
} as const satisfies Readonly<Record<string, Pattern<string>>>;

export type TemplateName = keyof typeof TABLE;

export const PATTERNS: Readonly<Record<TemplateName, Pattern>> = TABLE;

export const TEMPLATE_NAMES = Object.keys(PATTERNS) as readonly TemplateName[];

export const traitsOf = ({ template }: { readonly template: TemplateName }): Pattern["traits"] =>
  PATTERNS[template].traits;

/** The templates of which `is` holds, in the table's order. */
export const templatesWith = (is: (pattern: Pattern) => boolean): readonly TemplateName[] =>
  TEMPLATE_NAMES.filter((name) => is(PATTERNS[name]));
