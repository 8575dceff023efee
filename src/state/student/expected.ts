/** Committed curves of the recipe that is run: what a stranger's run of it should look like. */
import type { StudentRecipe } from "../../worker/protocol.ts";

/** One committed run. */
export interface ExpectedCurve {
  readonly seed: number;
  /** Means over stretches of steps, each at its last. */
  readonly stretches: readonly {
    readonly step: number;
    readonly diffusion: number;
    readonly alignment: number | null;
    readonly lambda: number | null;
  }[];
  /** Mean centre error of the drawn clips, px, at each look. */
  readonly looks: readonly { readonly step: number; readonly error: number }[];
}

/** Of each run of docs/train.md a file that its loss's name begins; loaded where one may be the same recipe. */
const FILES = import.meta.glob<string>("../../../models/curves/train/*.jsonl", { query: "?raw", import: "default" });

/** Fields that say how long a run is and how it is looked at, not what it learns; a seed is what is repeated. */
const FREE = ["seed", "steps", "evaluateEvery", "samples", "samplerSteps", "checkpointEvery"];
/** Fields that only an alignment loss reads. */
const ALIGNED = [
  ...["teacher", "lambda", "share", "balanceEvery", "stop", "tau", "rho", "margin", "block", "selfBlock"],
  ...["spatial", "hidden"],
];

/** What two runs must share for one to be expected of the other. */
function essence(recipe: Readonly<Record<string, unknown>>): string {
  const left = new Set([...FREE, ...(recipe.loss === "none" ? ALIGNED : [])]);
  const kept = Object.entries(recipe).filter(([name]) => !left.has(name));
  return JSON.stringify(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Of files as `node scripts/train_table.mjs` writes them, the curves of a recipe. A file that is none is left out. */
export function curvesOf(texts: readonly string[], recipe: StudentRecipe): ExpectedCurve[] {
  return texts.flatMap((text) => {
    try {
      const [head, ...lines] = text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      if (essence(head.recipe) !== essence(recipe)) return [];
      const stretches = lines.filter(({ diffusion }) => diffusion !== undefined);
      const drawn = lines.filter(({ sample, centre_error }) => sample !== undefined && centre_error !== null);
      const looks = [...new Set<number>(drawn.map(({ sample }) => sample))].map((step) => {
        const errors: number[] = drawn.filter(({ sample }) => sample === step).map(({ centre_error }) => centre_error);
        return { step, error: errors.reduce((sum, error) => sum + error, 0) / errors.length };
      });
      return [{ seed: head.recipe.seed, stretches, looks }];
    } catch {
      return [];
    }
  });
}

/** The committed curves of a recipe, where there are some. */
export async function expectedCurves(recipe: StudentRecipe): Promise<ExpectedCurve[]> {
  const files = Object.entries(FILES).filter(([path]) => path.split("/").at(-1)?.startsWith(`${recipe.loss}-`));
  // A part of the page that does not come is no reason to show no curve of the user's own.
  const texts = await Promise.all(files.map(([, load]) => load())).catch(() => []);
  return curvesOf(texts, recipe);
}
