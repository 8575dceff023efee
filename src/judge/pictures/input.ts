import type { Attributes } from "../../world/language/grammar.ts";
import { traitsOf } from "../../world/language/patterns.ts";
import type { Change } from "./change.ts";

/** What every rule about pictures as such is given. */
export interface PictureInput {
  readonly attributes: Attributes;
  readonly change: Change;
}

/** Whether nothing but bodies moves: liquids may lie at the frame's edge throughout. */
export function isDry(attributes: Attributes): boolean {
  const { setting } = traitsOf(attributes);
  return setting === "table" || setting === "air";
}
