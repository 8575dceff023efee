import { useEffect, useState } from "react";
import { isClipFile } from "../../formats/clip_file.ts";
import { judgeFile } from "../../state/evaluate/evaluate.ts";
import { openFile, warmEncoder } from "../../state/explore/explore.ts";
import { useSettings } from "../../state/settings.ts";
import { openCheckpoint } from "../../state/train/resume.ts";
import { VIDEO_RULES } from "../clip/ClipMenu.tsx";
import css from "./DropZone.module.css";

/** Evaluate judges what is dropped; else a checkpoint of Train goes on where it stopped, and anything else is tried as a clip. */
async function take(file: File): Promise<void> {
  if (useSettings.getState().view === "evaluate") return judgeFile(file);
  const checkpoint = file.name.endsWith(".safetensors") && !(await isClipFile(file));
  await (checkpoint ? openCheckpoint(file) : openFile(file));
}

/** The whole page takes a dropped or pasted video or checkpoint; the rules are shown before the file is let go. */
export function DropZone() {
  const [over, setOver] = useState(false);
  const view = useSettings((settings) => settings.view);

  useEffect(() => {
    const listeners = new AbortController();
    const on = <K extends keyof WindowEventMap>(type: K, listener: (event: WindowEventMap[K]) => void) =>
      addEventListener(type, listener, { signal: listeners.signal });
    // Enter and leave fire for every element on the way: only the outermost pair counts.
    let depth = 0;
    on("dragenter", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      depth++;
      setOver(true);
      warmEncoder();
    });
    on("dragleave", () => {
      depth = Math.max(0, depth - 1);
      if (depth === 0) setOver(false);
    });
    on("dragover", (event) => event.preventDefault());
    on("drop", (event) => {
      event.preventDefault();
      depth = 0;
      setOver(false);
      const file = event.dataTransfer?.files[0];
      if (file) void take(file);
    });
    on("paste", (event) => {
      const file = event.clipboardData?.files[0];
      if (file) void take(file);
    });
    return () => listeners.abort();
  }, []);

  if (!over) return null;
  if (view === "evaluate") {
    return (
      <div className={css.veil}>
        <strong>Drop the clip to judge</strong>
        <p>A .safetensors file with frames and a prompt, as npm run world writes. It never leaves this machine.</p>
      </div>
    );
  }
  return (
    <div className={css.veil}>
      <strong>Drop the video</strong>
      <p>
        {VIDEO_RULES} It never leaves this machine. A .safetensors clip of the sandbox opens, a checkpoint of Train goes
        on where it stopped.
      </p>
    </div>
  );
}
