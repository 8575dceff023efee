import { type RefObject, useImperativeHandle, useRef } from "react";
import type { Picture } from "../../figure/shapes.ts";
import css from "./Stage.module.css";

const SIDE = 132;
/** On the screen, of a token in the lens; where tokens are as large already there is nothing to magnify. */
const TOKEN = 36;
/** From the pointer, so that neither it nor a finger lies over what is magnified. */
const AWAY = { mouse: 28, touch: 56 } as const;

export interface LensAt {
  readonly image: Picture;
  readonly grid: { readonly H: number; readonly W: number };
  /** Where in the frame, in tokens from its left and upper edge. */
  readonly x: number;
  readonly y: number;
  /** Width of a token on the screen. */
  readonly token: number;
  readonly clientX: number;
  readonly clientY: number;
  readonly pointer: string;
}

export interface LensHandle {
  show(at: LensAt): void;
  hide(): void;
}

/** A magnifier beside the pointer: the frame without its heat, and the token that a press would take. */
export function Lens({ handle }: { readonly handle: RefObject<LensHandle | null> }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useImperativeHandle(handle, () => ({
    show(at) {
      const element = canvas.current;
      const context = element?.getContext("2d");
      if (!element || !context) return;
      const seen = at.token < TOKEN;
      element.style.visibility = seen ? "visible" : "hidden";
      if (!seen) return;
      draw(context, at);
      const away = AWAY[at.pointer === "touch" ? "touch" : "mouse"];
      const above = at.clientY - away - SIDE >= 4;
      const left = Math.min(Math.max(at.clientX - SIDE / 2, 4), innerWidth - SIDE - 4);
      const top = above ? at.clientY - away - SIDE : at.clientY + away;
      element.style.transform = `translate(${left}px, ${top}px)`;
    },
    hide() {
      if (canvas.current) canvas.current.style.visibility = "hidden";
    },
  }));
  return <canvas ref={canvas} className={css.lens} width={SIDE} height={SIDE} />;
}

function draw(context: CanvasRenderingContext2D, { image, grid: { H, W }, x, y }: LensAt): void {
  // A bitmap that was closed since has size 0: its clip is on the way out.
  if (image.width === 0) return;
  const [px, py] = [image.width / W, image.height / H];
  // The clip's own aspect: a token that is wider than high stays so.
  const scale = TOKEN / px;
  const span = { width: SIDE / scale, height: SIDE / scale };
  context.fillStyle = "#000000";
  context.fillRect(0, 0, SIDE, SIDE);
  context.imageSmoothingEnabled = scale < 3;
  context.drawImage(
    image,
    x * px - span.width / 2,
    y * py - span.height / 2,
    span.width,
    span.height,
    0,
    0,
    SIDE,
    SIDE,
  );
  const cell = {
    x: SIDE / 2 + (Math.floor(x) - x) * TOKEN,
    y: SIDE / 2 + (Math.floor(y) - y) * py * scale,
  };
  for (const [color, width] of [
    ["#000000b0", 3.5],
    ["#ffffff", 1.5],
  ] as const) {
    context.strokeStyle = color;
    context.lineWidth = width;
    context.strokeRect(cell.x, cell.y, TOKEN, py * scale);
  }
}
