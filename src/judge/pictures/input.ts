import type { Attributes } from "../../world/language/grammar.ts";
import type { Change } from "./change.ts";

/** What every rule about pictures as such is given. */
export interface PictureInput {
  readonly attributes: Attributes;
  readonly change: Change;
}
