/** The prepared clips that the browser keeps from one run to the next. */
import type { KeptGroup } from "../../data/kept.ts";

/** What is kept, by template and laws, with sizes. */
interface KeptClipsRequest {
  readonly type: "kept-clips";
}

/** Deletes one group of them by its name, or all; the reply is what is left. */
interface KeptClipsRemoveRequest {
  readonly type: "kept-clips-remove";
  readonly name: string | null;
}

export type KeptRequest = KeptClipsRequest | KeptClipsRemoveRequest;

export interface KeptReplies {
  "kept-clips": readonly KeptGroup[];
  "kept-clips-remove": readonly KeptGroup[];
}
