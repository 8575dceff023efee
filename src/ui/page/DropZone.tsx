import { useEffect, useState } from "react";
import { warmEncoder } from "../../state/explore/explore.ts";
import { useSettings } from "../../state/settings.ts";
import { VIEWS } from "../../state/views.ts";
import { VIDEO_RULES } from "../clip/ClipMenu.tsx";
import { isField, takeDropped, takePasted } from "../files/incoming.ts";
import css from "./DropZone.module.css";

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
    // What begins on the page, a selection or a picture of it, is not a file to be opened.
    let own = false;
    on("dragstart", () => {
      own = true;
    });
    on("dragend", () => {
      own = false;
    });
    const isOurs = ({ dataTransfer, target }: DragEvent) =>
      !own && (dataTransfer?.types.includes("Files") || !isField(target));
    on("dragover", (event) => {
      if (isOurs(event)) event.preventDefault();
    });
    on("drop", (event) => {
      depth = 0;
      setOver(false);
      if (!isOurs(event)) return;
      event.preventDefault();
      if (event.dataTransfer) takeDropped(event.dataTransfer);
    });
    on("paste", ({ clipboardData, target }) => {
      if (clipboardData) takePasted(clipboardData, isField(target));
    });
    return () => listeners.abort();
  }, []);

  if (!over) return null;
  if (VIEWS[view].drop === "judged") {
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
        {VIDEO_RULES} It never leaves this machine. Features in a .safetensors file and models in an .onnx become
        encoders, point tracks the truth of the open clip, a mask what M-TSA asks; a clip of the sandbox opens, a
        checkpoint of Train goes on where it stopped.
      </p>
    </div>
  );
}
