import type { OwnEncoderId } from "./input.ts";
import { rawPatches } from "./raw_patches.ts";
import type { Encoder } from "./types.ts";
import { videomae } from "./videomae.ts";
import { xfeat } from "./xfeat.ts";

/** The code behind each row of ENCODERS. */
export const encoders: Readonly<Record<OwnEncoderId, Encoder>> = {
  xfeat,
  "raw-patches": rawPatches,
  videomae,
};
