import { rawPatches } from "./raw_patches.ts";
import type { Encoder } from "./types.ts";
import { xfeat } from "./xfeat.ts";

/** Every encoder by the name that links and exports use. A new one is its file, a line here and a line in the manifest. */
export const encoders = {
  xfeat,
  "raw-patches": rawPatches,
} as const satisfies Record<string, Encoder>;

export type EncoderId = keyof typeof encoders;
