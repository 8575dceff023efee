import { useEffect, useRef } from "react";

/** What a dialog returns where its answers are taken; left in any other way it returns nothing. */
const ANSWERED = "answered";

/**
 * A question to the user in a modal dialog, open from the first. It closes before anything is done with the answer: only a dialog that
 * is closed gives the focus back to where it was, not one that goes with its component.
 * @param use takes the answers. @param leave what the user does by Escape, too
 */
export function useQuestion(use: () => void, leave: () => void) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return {
    dialog,
    onClose: () => (dialog.current?.returnValue === ANSWERED ? use() : leave()),
    accept: () => dialog.current?.close(ANSWERED),
    close: () => dialog.current?.close(),
  };
}
