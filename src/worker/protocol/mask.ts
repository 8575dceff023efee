/** The part of the protocol that takes from the user which tokens count as moving. */
import type { MaskId } from "../../formats/mask_id.ts";

export type { MaskId };

/**
 * Takes a mask of the open clip: one .npz or .safetensors, or pictures, one for every frame or one a frame in the order of their names.
 * From then on it may stand for the motion mask, by the id of the reply.
 */
export interface BringMaskRequest {
  readonly type: "bring-mask";
  readonly files: readonly File[];
}

export interface BroughtMask {
  /** Content hash of the clip whose mask it is: the one that was open when the request's turn came. */
  readonly clip: string;
  readonly id: MaskId;
  /** Whether nothing is marked, in any of its frames. */
  readonly empty: boolean;
}

export interface MaskReplies {
  "bring-mask": BroughtMask;
}
