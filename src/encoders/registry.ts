import type { EncoderId } from "./input.ts";
import { rawPatches } from "./raw_patches.ts";
import type { Encoder } from "./types.ts";
import { videomae } from "./videomae.ts";
import { xfeat } from "./xfeat.ts";

/** Every encoder by its name. A new one is its file, a line here, its name in input.ts and a line in the manifest. */
export const encoders: Readonly<Record<EncoderId, Encoder>> = {
  xfeat,
  "raw-patches": rawPatches,
  videomae,
};
