import { useRef, useState } from "react";
import type { BlockPicture } from "../../scene/block_drawing.ts";
import { loadScene } from "../../scene/loading.ts";
import type { SpaceTimeView } from "../../scene/view.ts";
import { Button } from "../controls/controls.tsx";
import { saveBlob } from "../controls/download.ts";
import { later } from "../later.tsx";
import { EYES, lookFrom, zoomBy } from "./keys.ts";
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

interface SpaceTimeBarProps {
  readonly view: SpaceTimeView | null;
  readonly flying: boolean;
  readonly name: string;
  /** The block in words: the caption of its figure, until the user writes another. */
  readonly sentence: string;
}

/** Where the block is seen from, the flight, and the block as a file. */
export function SpaceTimeBar({ view, flying, name, sentence }: SpaceTimeBarProps) {
  const [size, setSize] = useState(2);
  const [progress, setProgress] = useState("");
  const [composed, setComposed] = useState<BlockPicture | null>(null);
  const abort = useRef<AbortController | null>(null);
  const [width, height] = SIZES[size];

  const run = async (make: (open: SpaceTimeView, signal: AbortSignal) => Promise<void>) => {
    if (!view || abort.current) return;
    abort.current = new AbortController();
    try {
      await make(view, abort.current.signal);
      setProgress("");
    } catch (error) {
      const aborted = error instanceof DOMException && error.name === "AbortError";
      setProgress(aborted ? "" : `Not saved: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      abort.current = null;
    }
  };

  const png = () =>
    run(async (open) => {
      const { pngFile } = await loadScene();
      saveBlob(`${name} space time`, "png", await pngFile(open, width, height));
    });
  const compose = () =>
    run(async (open) => {
      const { blockPicture } = await loadScene();
      setComposed(await blockPicture(open));
    });
  const glb = () =>
    run(async (open) => {
      const { glbFile } = await loadScene();
      saveBlob(`${name} space time`, "glb", await glbFile(open));
    });
  const turntable = () =>
    run(async (open, signal) => {
      const { turntableFile } = await loadScene();
      const onProgress = (done: number, total: number) => setProgress(`Recording ${done} of ${total}`);
      const { blob, extension } = await turntableFile(open, { width, height, onProgress, signal });
      saveBlob(`${name} space time`, extension, blob);
    });

  return (
    <div className={css.bar}>
      <fieldset className={css.group} aria-label="Seen from">
        {EYES.map(([key, label, eye, said]) => (
          <button
            key={key}
            type="button"
            title={`${said} (${key.toUpperCase()})`}
            onClick={() => view && lookFrom(view, eye)}
          >
            {label}
          </button>
        ))}
        <button type="button" aria-label="Nearer" title="Nearer (+)" onClick={() => view && zoomBy(view, "+")}>
          +
        </button>
        <button type="button" aria-label="Farther" title="Farther (−)" onClick={() => view && zoomBy(view, "-")}>
          −
        </button>
      </fieldset>
      <Button onClick={() => view?.toggleFlight()}>{flying ? "Stop the flight" : "Fly along the thread"}</Button>
      <fieldset className={css.exports} aria-label="Save the block">
        <select aria-label="Size of the file" value={size} onChange={(event) => setSize(Number(event.target.value))}>
          {SIZES.map(([w, h], i) => (
            <option key={`${w} ${h}`} value={i}>
              {w} × {h}
            </option>
          ))}
        </select>
        <Button onClick={() => void compose()}>Figure …</Button>
        <Button onClick={() => void png()}>Block PNG</Button>
        <Button onClick={() => void glb()}>GLB</Button>
        <Button onClick={() => (abort.current ? abort.current.abort() : void turntable())}>
          {progress.startsWith("Recording") ? "Cancel" : "Turntable"}
        </Button>
        {progress && <span className={css.progress}>{progress}</span>}
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
