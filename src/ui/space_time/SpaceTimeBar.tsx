import { useRef, useState } from "react";
import type { BlockPicture } from "../../scene/block_drawing.ts";
import { loadScene } from "../../scene/loading.ts";
import type { SpaceTimeView } from "../../scene/view.ts";
import { Button } from "../controls/controls.tsx";
import { saveBlob } from "../controls/download.ts";
import { later } from "../later.tsx";
import { EYES, WAITS } from "./keys.ts";
import css from "./SpaceTime.module.css";

const BlockComposer = later("the composer of figures", async () => (await import("./BlockComposer.tsx")).BlockComposer);

/** Of exported pictures and videos; even, as video encoders want them. */
const SIZES: readonly (readonly [width: number, height: number])[] = [
  [640, 360],
  [1280, 720],
  [1920, 1080],
  [3840, 2160],
  [1080, 1080],
  [2160, 2160],
];

/** Buttons that do as a key of the camera does: the key, what is on it, its name where that is none, what it does. */
const CAMERA: readonly (readonly [key: string, sign: string, name: string | undefined, title: string])[] = [
  ...EYES.map(([key, name, , said]) => [key, name, undefined, `${said} (${key.toUpperCase()})`] as const),
  ["+", "+", "Nearer", "Nearer (+)"],
  ["-", "−", "Farther", "Farther (−)"],
];

interface SpaceTimeBarProps {
  readonly view: SpaceTimeView | null;
  readonly flying: boolean;
  /** Whether a file is made of the block now: the camera is the file's. */
  readonly lent: boolean;
  readonly name: string;
  /** The block in words: the caption of its figure, until the user writes another. */
  readonly sentence: string;
  /** A button that does as this key does. */
  readonly onCamera: (key: string) => void;
  /** What a screen reader is told. */
  readonly onSay: (words: string) => void;
}

/** Where the block is seen from, the flight, and the block as a file. */
export function SpaceTimeBar({ view, flying, lent, name, sentence, onCamera, onSay }: SpaceTimeBarProps) {
  const [size, setSize] = useState(2);
  const [making, setMaking] = useState<"file" | "video" | null>(null);
  const [progress, setProgress] = useState("");
  const [problem, setProblem] = useState("");
  const [composed, setComposed] = useState<BlockPicture | null>(null);
  const abort = useRef<AbortController | null>(null);
  const [width, height] = SIZES[size];

  const run = async (kind: "file" | "video", make: (open: SpaceTimeView, signal: AbortSignal) => Promise<void>) => {
    if (!view || abort.current) return;
    abort.current = new AbortController();
    setMaking(kind);
    setProblem("");
    try {
      await make(view, abort.current.signal);
    } catch (error) {
      const aborted = error instanceof DOMException && error.name === "AbortError";
      if (aborted) onSay("the recording is cancelled");
      else setProblem(error instanceof Error ? error.message : String(error));
    } finally {
      abort.current = null;
      setMaking(null);
      setProgress("");
    }
  };

  const png = () =>
    run("file", async (open) => {
      const { pngFile } = await loadScene();
      saveBlob(`${name} space time`, "png", await pngFile(open, width, height));
    });
  const compose = () =>
    run("file", async (open) => {
      const { blockPicture } = await loadScene();
      setComposed(await blockPicture(open));
    });
  const glb = () =>
    run("file", async (open) => {
      const { glbFile } = await loadScene();
      saveBlob(`${name} space time`, "glb", await glbFile(open));
    });
  const turntable = () =>
    run("video", async (open, signal) => {
      // Not each of its pictures, only how it begins and ends.
      onSay("the turntable is being recorded");
      const { turntableFile } = await loadScene();
      const onProgress = (done: number, total: number) => setProgress(`Recording ${done} of ${total}`);
      const { blob, extension } = await turntableFile(open, { width, height, onProgress, signal });
      saveBlob(`${name} space time`, extension, blob);
      onSay("the turntable is saved");
    });

  return (
    <div className={css.bar}>
      <fieldset className={css.group} aria-label="Seen from">
        {CAMERA.map(([key, sign, label, title]) => (
          <button
            key={key}
            type="button"
            aria-label={label}
            title={lent ? WAITS : title}
            aria-disabled={lent || undefined}
            onClick={() => onCamera(key)}
          >
            {sign}
          </button>
        ))}
      </fieldset>
      <Button waits={lent} {...(lent ? { title: WAITS } : {})} onClick={() => onCamera("g")}>
        {flying ? "Stop the flight" : "Fly along the thread"}
      </Button>
      <fieldset className={css.exports} aria-label="Save the block">
        <select aria-label="Size of the file" value={size} onChange={(event) => setSize(Number(event.target.value))}>
          {SIZES.map(([w, h], i) => (
            <option key={`${w} ${h}`} value={i}>
              {w} × {h}
            </option>
          ))}
        </select>
        <Button waits={making !== null} onClick={() => void compose()}>
          Figure …
        </Button>
        <Button waits={making !== null} onClick={() => void png()}>
          Block PNG
        </Button>
        <Button waits={making !== null} onClick={() => void glb()}>
          GLB
        </Button>
        <Button
          waits={making === "file"}
          onClick={() => (making === "video" ? abort.current?.abort() : void turntable())}
        >
          {making === "video" ? "Cancel" : "Turntable"}
        </Button>
        {progress && <span className={css.progress}>{progress}</span>}
        {problem && (
          <span className={css.progress} role="alert">
            Not saved: {problem}
          </span>
        )}
      </fieldset>
      {composed && (
        <BlockComposer
          block={composed}
          caption={sentence}
          stem={`${name} space time`}
          onClose={() => setComposed(null)}
        />
      )}
    </div>
  );
}
