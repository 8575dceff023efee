import { type DragEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { openFile, warmEncoder } from "../state/explore.ts";
import { VIDEO_RULES } from "./ClipMenu.tsx";
import css from "./DropZone.module.css";

/** The whole page takes a dropped or pasted video; the rules are shown before the file is let go. */
export function DropZone({ children }: { readonly children: ReactNode }) {
  const [over, setOver] = useState(false);
  // Enter and leave fire for every child: only the outermost pair counts.
  const depth = useRef(0);

  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      const file = event.clipboardData?.files[0];
      if (file) void openFile(file);
    };
    addEventListener("paste", paste);
    return () => removeEventListener("paste", paste);
  }, []);

  const enter = (event: DragEvent) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    depth.current++;
    setOver(true);
    warmEncoder();
  };
  const leave = () => {
    depth.current = Math.max(0, depth.current - 1);
    if (depth.current === 0) setOver(false);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    depth.current = 0;
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file) void openFile(file);
  };
  return (
    <section
      className={css.zone}
      aria-label="Tempered"
      onDragEnter={enter}
      onDragLeave={leave}
      onDragOver={(event) => event.preventDefault()}
      onDrop={drop}
    >
      {children}
      {over && (
        <div className={css.veil}>
          <strong>Drop the video</strong>
          <p>{VIDEO_RULES} It never leaves this machine.</p>
        </div>
      )}
    </section>
  );
}
