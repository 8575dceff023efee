import { type PointerEvent, useEffect, useRef } from "react";
import type { PaneFigure } from "../../figure/panes.ts";
import { short } from "../../figure/scale.ts";
import type { TokenRef } from "../../worker/protocol.ts";
import type { LensHandle } from "./Lens.tsx";

/** The token under the pointer, and where it stands on the screen. */
export interface PointedToken {
  /** Row of the figure. */
  readonly row: number;
  readonly token: TokenRef;
  /** The token's box, in pixels of the element. */
  readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  /** Where in the frame, in tokens from its left and upper edge. */
  readonly at: readonly [x: number, y: number];
}

/** A token was picked; `at` is the place in the frame, 0 to 1 across and down. */
export type Pick = (token: TokenRef, at: { readonly u: number; readonly v: number }) => void;

export interface Picking {
  readonly onPick: Pick;
  /** Picked with Shift. */
  readonly onAdd: ((token: TokenRef) => void) | undefined;
  /** Whether a drag goes on picking. */
  readonly drags: boolean;
}

interface PickOptions {
  readonly figure: PaneFigure;
  /** What is under a point of the element. */
  readonly hit: (x: number, y: number) => PointedToken | undefined;
  readonly picking: Picking;
  /** The pointer is over that token, or over none. */
  readonly onPoint?: (at: PointedToken | undefined) => void;
}

/** A finger went down here: it picks when it lifts, or when its way is the figure's and not the page's. */
interface Touched {
  readonly id: number;
  readonly found: PointedToken;
  readonly x: number;
  readonly y: number;
}

/**
 * Picking by pointer, the same in the table and in the large frame: outline, magnifier and read-out follow it by transforms,
 * a press takes the token, a drag takes each on its way. A finger that scrolls the page picks nothing, and neither do two.
 */
export function usePicking({ figure, hit, picking: { onPick, onAdd, drags }, onPoint }: PickOptions) {
  const cell = useRef<HTMLDivElement>(null);
  const readout = useRef<HTMLDivElement>(null);
  const lens = useRef<LensHandle>(null);
  /** The pointer that drags, and the token that it picked last; null: nothing is dragged. */
  const dragged = useRef<{ readonly id: number; readonly token: TokenRef }>(null);
  const touched = useRef<Touched>(null);
  const pointed = useRef<PointedToken>(undefined);

  // A press moves the query, and with it the value under a pointer that rests.
  useEffect(() => {
    const on = pointed.current;
    if (on && readout.current && on.row < figure.rows.length)
      readout.current.textContent = valueWords(figure, on.row, on.token);
  }, [figure]);

  const under = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    return hit(event.clientX - box.left, event.clientY - box.top);
  };

  const place = ({ at: [x, y] }: PointedToken) => ({ u: x / figure.grid.W, v: y / figure.grid.H });

  const leave = () => {
    for (const element of [cell.current, readout.current]) if (element) element.style.visibility = "hidden";
    lens.current?.hide();
    pointed.current = undefined;
    onPoint?.(undefined);
  };

  const press = (id: number, found: PointedToken) => {
    dragged.current = drags ? { id, token: found.token } : null;
    onPick(found.token, place(found));
  };

  const isDown = ({ pointerId }: PointerEvent) => [touched, dragged].some(({ current }) => current?.id === pointerId);

  const drop = ({ pointerType }: PointerEvent) => {
    dragged.current = null;
    touched.current = null;
    if (pointerType === "touch") leave();
  };

  const lift = (event: PointerEvent) => {
    if (!isDown(event)) return;
    if (touched.current) press(event.pointerId, touched.current.found);
    drop(event);
  };

  /** A finger that moves on has begun what it was put down for, unless it scrolls. */
  const begin = ({ currentTarget, clientX, clientY, pointerId }: PointerEvent<HTMLDivElement>) => {
    if (touched.current?.id !== pointerId) return;
    const { found, x, y } = touched.current;
    if (!isFigures(getComputedStyle(currentTarget).touchAction, clientX - x, clientY - y)) return;
    touched.current = null;
    press(pointerId, found);
  };

  const hover = (event: PointerEvent<HTMLDivElement>, found: PointedToken | undefined) => {
    const shown = found && (event.pointerType !== "touch" || isDown(event));
    if (!shown || !cell.current || !readout.current) return leave();
    onPoint?.(found);
    pointed.current = found;
    const { row, token, box, at } = found;
    cell.current.style.visibility = "visible";
    Object.assign(cell.current.style, {
      width: `${box.width}px`,
      height: `${box.height}px`,
      transform: `translate(${box.x}px, ${box.y}px)`,
    });
    const { clientX, clientY, pointerType: pointer } = event;
    const { images, grid, rows } = figure;
    const image = (rows[row].images ?? images)[token[0]];
    lens.current?.show({ image, grid, x: at[0], y: at[1], token: box.width, clientX, clientY, pointer });
    readout.current.style.visibility = "visible";
    readout.current.textContent = valueWords(figure, row, token);
    // Below the pointer, where the magnifier is not.
    const left = readoutLeft(clientX, readout.current.offsetWidth, innerWidth);
    readout.current.style.transform = `translate(${left}px, ${clientY + 18}px)`;
  };

  return {
    cell,
    readout,
    lens,
    handlers: {
      onPointerDown(event: PointerEvent<HTMLDivElement>) {
        // A second finger, wherever the first is: until all are up they are the page's.
        if (event.pointerType === "touch" && !event.isPrimary) return drop(event);
        const found = under(event);
        if (!found || event.button !== 0) return;
        // Shift would select the labels on the way.
        if (event.shiftKey) event.preventDefault();
        if (event.shiftKey && onAdd) return onAdd(found.token);
        if (event.pointerType === "touch") {
          touched.current = { id: event.pointerId, found, x: event.clientX, y: event.clientY };
          return hover(event, found);
        }
        event.currentTarget.setPointerCapture(event.pointerId);
        press(event.pointerId, found);
        hover(event, found);
      },
      onPointerMove(event: PointerEvent<HTMLDivElement>) {
        const found = under(event);
        begin(event);
        hover(event, found);
        const { id, token } = dragged.current ?? {};
        if (id !== event.pointerId || !found || found.token.every((at, i) => at === token?.[i])) return;
        dragged.current = { id, token: found.token };
        onPick(found.token, place(found));
      },
      onPointerUp: lift,
      onPointerCancel: (event: PointerEvent) => isDown(event) && drop(event),
      onPointerLeave: leave,
    },
  };
}

/** A finger that moves fewer pixels than this is taken to rest. */
const REST_PX = 8;

/**
 * Whether a finger's way is the figure's: the browser takes those that the style leaves it for scrolling, and says so only after it
 * has told of the first of it.
 * @param touchAction "pan-y": it scrolls up and down; "pinch-zoom": two fingers alone move the page
 */
function isFigures(touchAction: string, dx: number, dy: number): boolean {
  const [across, down] = [Math.abs(dx), Math.abs(dy)];
  if (Math.max(across, down) < REST_PX) return false;
  return touchAction === "pinch-zoom" || (touchAction === "pan-y" && across > down);
}

/** Pixels between the read-out and the window's edge. */
const EDGE = 4;

/** Where the read-out begins: right of the pointer, left of it near the right edge, and inside the window wherever that is narrow. */
export function readoutLeft(pointer: number, width: number, room: number): number {
  const beside = pointer > room - 280 ? pointer - 12 - width : pointer + 14;
  return Math.max(EDGE, Math.min(beside, room - width - EDGE));
}

/** "frame 3, row 4, column 9: cosine 0.83" */
function valueWords({ rows, grid: { H, W } }: PaneFigure, r: number, [frame, row, col]: TokenRef): string {
  const { values, quantity } = rows[r];
  const value = values?.[frame * H * W + row * W + col];
  const where = `frame ${frame}, row ${row}, column ${col}`;
  return value === undefined || Number.isNaN(value) ? where : `${where}: ${quantity} ${short(value)}`;
}
