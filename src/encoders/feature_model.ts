import type { FeatureModelEntry } from "./manifest.ts";
import type { ModelOutput, ModelSession } from "./session.ts";

/** A started session of a model that turns frames into features. */
export interface FeatureModel {
  readonly entry: FeatureModelEntry;
  readonly provider: ModelSession["provider"];
  /**
   * Feature maps [B, C, h, w] of one run.
   * @param frames [B, 3, height, width] in [0, 1]
   */
  run(frames: Float32Array, shape: readonly number[]): Promise<ModelOutput>;
}

/** @throws TypeError where the manifest says that it is another kind of model */
export function featureModel(session: ModelSession): FeatureModel {
  const { entry, provider } = session;
  if (entry.kind !== "features") throw new TypeError(`the model ${entry.id} is of kind ${entry.kind}, not features`);
  return {
    entry,
    provider,
    async run(frames, shape) {
      const { name } = entry.output;
      return (await session.run({ [entry.input.name]: { data: frames, shape } }, [name]))[name];
    },
  };
}
