/** A clip made to break one law on purpose: what the judge is examined with. */
import type { Rapier } from "../../world/rigid.ts";
import type { TemplateName, WorldClip } from "../../world/types.ts";

export interface Corruption {
  /** Stable identifier, "gravity-1.5". */
  readonly name: string;
  /** Two or three words for people. */
  readonly title: string;
  /** One sentence: what is done to the clip. */
  readonly says: string;
  readonly templates: readonly TemplateName[];
  /** U8 [T, 64, 64, 3]; null where this clip gives it nothing to break. */
  make(clip: WorldClip, rapier: Rapier): Uint8Array | null;
}
