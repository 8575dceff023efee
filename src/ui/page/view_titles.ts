import type { View } from "../../state/settings.ts";

export const TITLES: Readonly<Record<View, string>> = {
  explore: "Explore",
  compare: "Compare",
  train: "Train",
  evaluate: "Evaluate",
  bench: "Bench",
};
