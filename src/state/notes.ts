import { create } from "zustand";
import { recall, remember } from "./preferences.ts";

const KEY = "tempered.notes";

/** Whether the column of explanations is open; folded away it stays folded. */
export const useNotes = create<{ readonly open: boolean }>(() => ({ open: recall(KEY) !== "folded" }));

export function openNotes(open: boolean): void {
  remember(KEY, open ? "open" : "folded");
  useNotes.setState({ open });
}
