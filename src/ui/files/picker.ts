import { takeFiles } from "./incoming.ts";

let input: HTMLInputElement | undefined;

/** Opens the file picker; the one way to it from every place that offers it. What is picked goes the way of what is dropped. */
export function pickFile(
  accept = "video/*,.mp4,.m4v,.mov,.webm,.mkv,.safetensors,.jsonl,.csv,.npz,.json,.png,.onnx",
): void {
  // Part of the document, and one for all: an input that nothing holds may be collected while the picker is open.
  if (!input) {
    input = document.createElement("input");
    input.type = "file";
    input.hidden = true;
    input.addEventListener("change", () => takeFiles([...(input?.files ?? [])]));
    document.body.append(input);
  }
  input.accept = accept;
  input.multiple = accept === TABLES || accept === MASKS || accept === MODELS;
  // The same file again is a change, too.
  input.value = "";
  input.click();
}

const TABLES = ".csv";
/** Weights beside a model mostly end so; of another name they are dropped. */
const MODELS = ".onnx,.data,.bin,.weights";
const MASKS = ".png,.npz,.safetensors";

/** For tables of judges: SA and PC are two files. */
export const pickTables = (): void => pickFile(TABLES);

/** For masks: pictures may be several, one a frame. */
export const pickMask = (): void => pickFile(MASKS);

/** For models: an .onnx file with those of its weights. */
export const pickModel = (): void => pickFile(MODELS);

/** For points that somebody followed. */
export const pickTruth = (): void => pickFile(".npz,.csv,.json");

/** For the curves of a run at full size. */
export const pickMetrics = (): void => pickFile(".jsonl");

/** For clips to be judged, and for checkpoints. */
export const pickSafetensors = (): void => pickFile(".safetensors");
