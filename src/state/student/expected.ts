/** Committed curves of the recipe that is run: what a stranger's run of it should look like. */
import { fetchFile } from "../../site/files.ts";
import { parseStudentRecipe, type StudentRecipe } from "../../worker/protocol.ts";
import { FIRST } from "./preset.ts";
import { studentRecipeOf } from "./recipe.ts";
import { readRecorded } from "./recorded_file.ts";
import { errorsOf } from "./store.ts";

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

/** Fields that say how a run is looked at, not what it learns; a seed is what is repeated. */
const FREE = ["seed", "evaluateEvery", "samples", "samplerSteps", "checkpointEvery", "drawn"];
/** Fields that only an alignment loss reads. */
const ALIGNED = [
  ...["teacher", "lambda", "share", "balanceEvery", "stop", "tau", "rho", "margin", "block", "selfBlock"],
  ...["spatial", "hidden"],
];

/** What two runs must share for one to be expected of the other. */
function essence(recipe: StudentRecipe): string {
  // Rates that fall over the whole run know its length.
  const length = recipe.rateDecay === "none" ? ["steps"] : [];
  const left = new Set([...FREE, ...length, ...(recipe.loss === "none" ? ALIGNED : [])]);
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
      // A field that came later had its default then.
      const own = parseStudentRecipe(head.recipe);
      if (essence(own) !== essence(recipe)) return [];
      const stretches = lines.filter(({ diffusion }) => diffusion !== undefined);
      const alike = own.drawn === recipe.drawn;
      const drawn = lines.filter(({ sample }) => alike && sample !== undefined);
      const looks = [...new Set<number>(drawn.map(({ sample }) => sample))].map((step) => {
        const errors: number[] = drawn.filter(({ sample }) => sample === step).map(({ centre_error }) => centre_error);
        return { step, error: errors.reduce((sum, error) => sum + error, 0) / errors.length };
      });
      return [{ seed: own.seed, stretches, looks }];
    } catch {
      return [];
    }
  });
}

/** The recorded run of the first ten seconds, where that is the recipe. */
async function recordedCurves(recipe: StudentRecipe): Promise<ExpectedCurve[]> {
  if (essence(parseStudentRecipe(studentRecipeOf(FIRST))) !== essence(recipe)) return [];
  const file = await fetchFile(new URL("recorded/first.json", document.baseURI).href, "the recorded run");
  const { recipe: own, points, looks } = readRecorded(await file.text());
  const measured = looks.flatMap(({ step, samples }) => {
    const errors = own.drawn === recipe.drawn ? errorsOf(samples) : null;
    return errors ? [{ step, error: errors.made }] : [];
  });
  return [{ seed: own.seed, stretches: points, looks: measured }];
}

/** The committed curves of a recipe, where there are some. */
export async function expectedCurves(recipe: StudentRecipe): Promise<ExpectedCurve[]> {
  const files = Object.entries(FILES).filter(([path]) => path.split("/").at(-1)?.startsWith(`${recipe.loss}-`));
  // A part of the page that does not come is no reason to show no curve of the user's own.
  const texts = await Promise.all(files.map(([, load]) => load())).catch(() => []);
  const recorded = await recordedCurves(recipe).catch(() => []);
  return [...curvesOf(texts, recipe), ...recorded];
}
