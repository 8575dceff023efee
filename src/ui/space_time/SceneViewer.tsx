import { type PointerEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import { type SceneLayers, sceneShapes } from "../../figure/judge_figure.ts";
import { type Picture, paint } from "../../figure/shapes.ts";
import { frameOf, useScrub } from "../../state/evaluate/store.ts";
import type { ParsedFrame } from "../../worker/protocol.ts";
import { Check } from "../controls/controls.tsx";
import { isPageSpace } from "../page/keys.ts";
import css from "./SceneViewer.module.css";

/** CSS pixels of the canvas's own plane; the page scales it. */
const SIDE = 448;
const PIXELS = 2;
const FRAME_MS = 125;

interface ShownClip {
  /** null where there is only one. */
  readonly name: string | null;
  /** Beside the name. */
  readonly says: string;
  readonly pictures: readonly Picture[];
  readonly parsed: readonly ParsedFrame[];
}

/** A clip, or two in step, large, with the scene as the judge sees it; play, scrub, and the strips of all frames. */
export function SceneViewer({ clips }: { readonly clips: readonly ShownClip[] }) {
  const [layers, setLayers] = useState<SceneLayers>({ outlines: true, centres: true, paths: true, pixels: false });
  const frame = useScrub(frameOf);
  const playing = useScrub((scrub) => scrub.playing);
  const frames = clips[0].pictures.length;
  usePlaying(playing, frames);
  const toggle = () => useScrub.setState({ playing: !playing, hover: null });
  return (
    <div className={css.viewer} data-clips={clips.length}>
      <div className={css.scenes}>
        {clips.map((clip) => (
          <figure key={clip.name}>
            {clip.name && (
              <figcaption>
                <b>{clip.name}</b> <span>{clip.says}</span>
              </figcaption>
            )}
            <Scene clip={clip} layers={layers} frame={frame} />
          </figure>
        ))}
      </div>
      <div className={css.transport}>
        <button type="button" className={css.play} aria-label={playing ? "Pause" : "Play"} onClick={toggle}>
          {playing ? "❚❚" : "▶"}
        </button>
        <input
          type="range"
          aria-label="Frame"
          min={0}
          max={frames - 1}
          value={frame}
          aria-valuetext={`frame ${frame} of ${frames - 1}`}
          onChange={(event) => useScrub.setState({ pinned: Number(event.target.value), playing: false, hover: null })}
        />
        <output>frame {frame}</output>
      </div>
      <Strip rows={clips.map(({ pictures }) => pictures)} frame={frame} />
      <div className={css.layers}>
        <Check label="Outlines" checked={layers.outlines} onChange={(outlines) => setLayers({ ...layers, outlines })} />
        <Check label="Centres" checked={layers.centres} onChange={(centres) => setLayers({ ...layers, centres })} />
        <Check label="Paths" checked={layers.paths} onChange={(paths) => setLayers({ ...layers, paths })} />
        <Check label="Pixels" checked={layers.pixels} onChange={(pixels) => setLayers({ ...layers, pixels })} />
      </div>
    </div>
  );
}

interface SceneProps {
  readonly clip: ShownClip;
  readonly layers: SceneLayers;
  readonly frame: number;
}

function Scene({ clip, layers, frame }: SceneProps) {
  const { name, pictures, parsed } = clip;
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    const image = pictures[frame];
    if (!context || !image) return;
    paint(context, sceneShapes(image, parsed, frame, { x: 0, y: 0, width: SIDE, height: SIDE }, layers), PIXELS);
  }, [pictures, parsed, layers, frame]);
  const count = (kind: "solids" | "fluids", name: string) => {
    const n = parsed[frame]?.[kind].length ?? 0;
    return `${n} ${name}${n === 1 ? "" : "s"}`;
  };
  return (
    <canvas
      ref={canvas}
      className={css.scene}
      width={SIDE * PIXELS}
      height={SIDE * PIXELS}
      role="img"
      aria-label={`${name ? `${name}, frame` : "Frame"} ${frame} with the scene that the judge parsed: ${count("solids", "solid")}, ${count("fluids", "liquid")}`}
    />
  );
}

/** Moves on a frame every eighth of a second, from the first again after the last; Space plays and pauses. */
function usePlaying(playing: boolean, frames: number): void {
  useEffect(() => {
    if (!playing) return;
    const timer = setInterval(() => useScrub.setState(({ pinned }) => ({ pinned: (pinned + 1) % frames })), FRAME_MS);
    return () => clearInterval(timer);
  }, [playing, frames]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!isPageSpace(event)) return;
      event.preventDefault();
      useScrub.setState((scrub) => ({ playing: !scrub.playing, hover: null }));
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}

const THUMB = 56;

/** All frames side by side, a clip a row; the pointer scrubs. The slider above does the same for the keyboard. */
function Strip({ rows, frame }: { readonly rows: readonly (readonly Picture[])[]; readonly frame: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const shapes = rows.flatMap((pictures, row) =>
      pictures.map((image, t) => ({
        kind: "image" as const,
        image,
        box: { x: t * THUMB, y: row * THUMB, width: THUMB, height: THUMB },
        smooth: true,
      })),
    );
    paint(context, shapes, 1);
  }, [rows]);
  const frames = rows[0].length;
  const frameAt = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const t = Math.floor(((event.clientX - box.left) / box.width) * frames);
    return Math.min(Math.max(t, 0), frames - 1);
  };
  const pin = (event: PointerEvent<HTMLDivElement>) =>
    useScrub.setState({ pinned: frameAt(event), playing: false, hover: null });
  return (
    <div
      className={css.strip}
      aria-hidden="true"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        pin(event);
      }}
      onPointerMove={(event) => event.buttons === 1 && pin(event)}
    >
      <canvas ref={canvas} width={THUMB * frames} height={THUMB * rows.length} />
      <span style={{ width: `${100 / frames}%`, transform: `translateX(${100 * frame}%)` }} />
    </div>
  );
}
