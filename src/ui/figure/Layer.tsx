import { type RefObject, useLayoutEffect, useRef, useState } from "react";
import { paint, type Shape } from "../../figure/shapes.ts";
import { useOfTheme } from "../page/use_of_theme.ts";
import css from "./Stage.module.css";

interface LayerProps {
  readonly shapes: readonly Shape[];
  readonly size: { readonly width: number; readonly height: number };
}

/** One canvas of a stack: painted again when its shapes or its size change, and only then. */
export function Layer({ shapes, size: { width, height } }: LayerProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!canvas.current || !context) return;
    const scale = Math.min(devicePixelRatio, 2);
    const size = { width: Math.round(width * scale), height: Math.round(height * scale) };
    // Setting the size clears the canvas and is expensive: only when it changed.
    if (canvas.current.width !== size.width || canvas.current.height !== size.height)
      Object.assign(canvas.current, size);
    else {
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, size.width, size.height);
    }
    paint(context, shapes, scale);
  }, [shapes, width, height]);
  return <canvas ref={canvas} className={css.layer} style={{ width, height }} />;
}

/** The shapes of before where they are the same pictures in the same places: those are not painted again. */
export function useKeptPictures(pictures: readonly Shape[]): readonly Shape[] {
  const [kept, setKept] = useState(pictures);
  if (samePictures(kept, pictures)) return kept;
  setKept(pictures);
  return pictures;
}

function samePictures(a: readonly Shape[], b: readonly Shape[]): boolean {
  const same = (x: Shape, y: Shape) =>
    x.kind === "image" &&
    y.kind === "image" &&
    x.image === y.image &&
    x.filter === y.filter &&
    x.box.x === y.box.x &&
    x.box.y === y.box.y &&
    x.box.width === y.box.width;
  return a.length === b.length && a.every((shape, i) => same(shape, b[i]));
}

/** The page's ink as a colour a canvas understands; follows the theme. */
export function useInk(host: RefObject<HTMLElement | null>): string {
  return useOfTheme(host, inkOf) ?? "#777777";
}

const inkOf = (element: HTMLElement) => getComputedStyle(element).color;

export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(960);
  useLayoutEffect(() => {
    if (!element.current) return;
    const observer = new ResizeObserver(([entry]) => setWidth(entry.contentRect.width));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return width;
}
