// Where the read-out stands that follows the pointer, and what a drag picks.
import type { PointerEvent } from "react";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import type { PaneFigure } from "../../../src/figure/panes.ts";
import { type Picking, readoutLeft, usePicking } from "../../../src/ui/figure/pointer.ts";
import type { TokenRef } from "../../../src/worker/protocol.ts";

test("it stands beside the pointer, on the side that has room", () => {
  expect(readoutLeft(100, 240, 1440)).toBe(114);
  expect(readoutLeft(1300, 240, 1440)).toBe(1300 - 12 - 240);
});

test.each([320, 390, 1440])("it stays inside a window of %i pixels wherever the pointer is", (room) => {
  for (let x = 0; x <= room; x++) {
    const left = readoutLeft(x, 240, room);
    expect(left).toBeGreaterThanOrEqual(4);
    expect(left + 240).toBeLessThanOrEqual(room - 4);
  }
  // Wider than the window: its beginning is what can be read.
  expect(readoutLeft(room / 2, 2 * room, room)).toBe(4);
});

/** Hands on what the hook makes of a figure whose tokens are a pixel each. */
function Probe({ figure, picking, found }: ProbeProps) {
  const hit = (x: number, y: number) => {
    const token: TokenRef = [0, Math.floor(y), Math.floor(x)];
    return { row: 0, token, box: { x, y, width: 1, height: 1 }, at: [x, y] as const };
  };
  found(usePicking({ figure, hit, picking }).handlers);
  return null;
}

interface ProbeProps {
  readonly figure: PaneFigure;
  readonly picking: Picking;
  readonly found: (handlers: ReturnType<typeof usePicking>["handlers"]) => void;
}

test("a drag picks every token on its way once, the query's as well", () => {
  const picked: number[] = [];
  const figure = { grid: { F: 1, H: 1, W: 8, C: 1 }, queries: [[0, 0, 2]], active: 0 } as unknown as PaneFigure;
  const picking: Picking = { onPick: ([, , col]) => picked.push(col), onAdd: undefined, drags: true };
  const currentTarget = { getBoundingClientRect: () => ({ left: 0, top: 0 }), setPointerCapture: () => {} };
  const at = (clientX: number) => {
    const event = { clientX, clientY: 0, button: 0, pointerType: "mouse", currentTarget };
    return event as unknown as PointerEvent<HTMLDivElement>;
  };
  const found: ProbeProps["found"] = ({ onPointerDown, onPointerMove, onPointerUp }) => {
    onPointerDown(at(0));
    for (const x of [0.5, 1, 1.5, 2, 2.5, 3, 2]) onPointerMove(at(x));
    onPointerUp();
    onPointerMove(at(5));
  };
  renderToStaticMarkup(createElement(Probe, { figure, picking, found }));
  expect(picked).toEqual([0, 1, 2, 3, 2]);
});
