import { create } from "zustand";

/** One sentence about what was just done on the page, for whatever view is open; null: nothing to say. */
export const usePageNotice = create<{ readonly text: string | null }>(() => ({ text: null }));

export const tell = (text: string | null): void => usePageNotice.setState({ text });
