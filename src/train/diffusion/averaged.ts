import type { FileTensor } from "../../formats/safetensors.ts";

/** What stands before the averaged weights in a run's checkpoint. */
export const AVERAGED = "ema.";

/** Before a parameter that is to be read: where the file is a run's, its averaged weights draw, and others start from them. */
export const averagedPrefix = (tensors: ReadonlyMap<string, FileTensor>, parameter: string): string =>
  tensors.has(`${AVERAGED}${parameter}`) ? AVERAGED : "";
