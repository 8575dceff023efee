import { useEffect, useRef, useState } from "react";
import css from "./CopyButton.module.css";
import { Button } from "./controls.tsx";

interface CopyButtonProps {
  readonly text: string;
  readonly children: string;
}

/**
 * Puts a text on the clipboard. Where the browser refuses (a frame without the permission, a page that has lost the focus) the text
 * itself appears, selected, to be copied by hand.
 */
export function CopyButton({ text, children }: CopyButtonProps) {
  const [last, setLast] = useState<{ readonly text: string; readonly state: "copied" | "refused" } | null>(null);
  // Another text was not copied yet.
  const state = last?.text === text ? last.state : "idle";
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (state === "refused") area.current?.select();
  }, [state]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setLast({ text, state: "copied" });
    } catch {
      setLast({ text, state: "refused" });
      area.current?.select();
    }
  };
  return (
    <>
      <Button onClick={() => void copy()}>{state === "copied" ? "Copied" : children}</Button>
      {state === "refused" && (
        <label className={css.refused}>
          This browser did not let the page copy. The text is selected: press Ctrl+C (on a Mac ⌘C).
          <textarea ref={area} readOnly value={text} rows={6} />
        </label>
      )}
    </>
  );
}
