import { create } from "zustand";
import type { MaskId } from "../../worker/protocol.ts";

/** A mask that is being painted. */
interface Painting {
  /** Whether a press on the figure paints, instead of moving the query. */
  readonly on: boolean;
  readonly erase: boolean;
  /** Side of the brush in tokens. */
  readonly size: 1 | 3;
  /** [F, S] of 0 and 1 on the grid that is encoded; null: nothing was painted yet. */
  readonly draft: Uint8Array<ArrayBuffer> | null;
  /** The files of the masks that were painted or brought in this visit, to be saved. */
  readonly files: ReadonlyMap<MaskId, File>;
  /** The masks that were painted on the clips of this visit and stood there when they were left, by the clips' names in the settings. */
  readonly kept: ReadonlyMap<string, MaskId>;
  /** Those that were painted and not saved. */
  readonly unsaved: ReadonlySet<MaskId>;
}

export const usePainting = create<Painting>(() => ({
  on: false,
  erase: false,
  size: 1,
  draft: null,
  files: new Map(),
  kept: new Map(),
  unsaved: new Set(),
}));
