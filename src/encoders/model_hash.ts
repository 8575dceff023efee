import manifest from "../../models/manifest.json";
import { broughtLayer, isBroughtId } from "./brought.ts";
import type { StudentId } from "./input.ts";
import { isModelId, ownModel } from "./own_model.ts";
import { isTrainedId, trainedSide } from "./trained.ts";

/** The model that an encoder runs, by its id in models/manifest.json, where that is not the encoder's own. */
const MODELS: Readonly<Record<string, string>> = { cogvideox: "student" };

/** sha256 of an encoder's weights; of the user's own files how their content hash begins; null where there are no weights. */
export function modelSha256(encoder: StudentId): string | null {
  if (isBroughtId(encoder)) return broughtLayer(encoder).hash;
  if (isModelId(encoder)) return ownModel(encoder).hash;
  if (isTrainedId(encoder)) return trainedSide(encoder).hash;
  return shippedSha256(MODELS[encoder] ?? encoder);
}

/** sha256 of the weights that a training of the diffusion student begins with where it begins with the shipped ones. */
export const studentBaseSha256 = (): string | null => shippedSha256("student-weights");

const shippedSha256 = (model: string): string | null => manifest.models.find(({ id }) => id === model)?.sha256 ?? null;
