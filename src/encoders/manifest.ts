import * as v from "valibot";

const FILE = {
  id: v.string(),
  name: v.string(),
  /** Relative to models/. */
  file: v.string(),
  bytes: v.pipe(v.number(), v.integer(), v.minValue(1)),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "a sha256 has 64 hex digits")),
  licence: v.string(),
  origin: v.string(),
  card: v.string(),
  summary: v.string(),
};

/** Turns frames into features: what an encoder of the registry runs. */
const FeatureModel = v.strictObject({
  kind: v.literal("features"),
  ...FILE,
  /** Frames [frames, 3, height, width]: any number whose height and width are multiples of `multiple`, or one shape only. */
  input: v.union([
    v.strictObject({ name: v.string(), multiple: v.number() }),
    v.strictObject({ name: v.string(), frames: v.number(), height: v.number(), width: v.number() }),
  ]),
  /** Feature maps [frames / tubelet, channels, height / stride, width / stride]. */
  output: v.strictObject({ name: v.string(), channels: v.number(), stride: v.number(), tubelet: v.number() }),
});

/** A part of our own generator. What goes in and comes out is known to its one caller: autoencoder.ts, student_model.ts. */
const GeneratorPart = v.strictObject({ kind: v.literal("generator"), ...FILE });

/** A network's weights as PyTorch has them: what fine-tuning in the page starts from. */
const Weights = v.strictObject({ kind: v.literal("weights"), ...FILE });

const Manifest = v.strictObject({
  version: v.literal(1),
  models: v.array(v.variant("kind", [FeatureModel, GeneratorPart, Weights])),
});

export type FeatureModelEntry = v.InferOutput<typeof FeatureModel>;

/** One line of models/manifest.json. */
export type ModelEntry = FeatureModelEntry | v.InferOutput<typeof GeneratorPart> | v.InferOutput<typeof Weights>;

/** Checks models/manifest.json. @throws Error naming the field, what it must be and what it was; unknown keys are errors */
export function parseManifest(json: unknown): readonly ModelEntry[] {
  const result = v.safeParse(Manifest, json);
  if (result.success) return result.output.models;
  const [issue] = result.issues;
  throw new Error(`models/manifest.json is wrong at ${v.getDotPath(issue) ?? "its root"}: ${issue.message}`);
}

/** @throws Error when the manifest has no such model, naming those it has */
export function modelById(models: readonly ModelEntry[], id: string): ModelEntry {
  const found = models.find((model) => model.id === id);
  if (found) return found;
  throw new Error(`models/manifest.json has no model "${id}", only ${models.map((model) => model.id).join(", ")}`);
}
