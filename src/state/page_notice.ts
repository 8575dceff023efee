import { create } from "zustand";

/** One sentence about what was just done on the page, for whatever view is open; null: nothing to say. */
export const usePageNotice = create<{ readonly text: string | null }>(() => ({ text: null }));

export const tell = (text: string | null): void => usePageNotice.setState({ text });

/** Says of several files which one is taken and which are not; of one there is nothing to say. */
export const tellLeft = (taken: string, left: readonly { readonly name: string }[]): void =>
  tell(left.length === 0 ? null : oneAtATime(taken, left));

function oneAtATime(taken: string, [first, ...more]: readonly { readonly name: string }[]): string {
  const others = more.length === 0 ? `“${first.name}” is not` : `“${first.name}” and ${more.length} more are not`;
  return `One at a time: “${taken}” is opened, ${others}.`;
}
