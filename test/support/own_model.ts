import type { ModelSpec } from "../../src/encoders/own_model.ts";

/** A model of the user's own: 4 × 6 tokens of 14 px, one token in front of them. */
export const SPEC: ModelSpec = {
  layout: "NCHW",
  range: "imagenet",
  frames: 1,
  height: 56,
  width: 84,
  patch: 14,
  tubelet: 1,
  skip: 1,
  output: "x",
};
