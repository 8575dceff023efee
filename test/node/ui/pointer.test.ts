// Where the read-out stands that follows the pointer, and what a drag picks.
import type { PointerEvent } from "react";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, test, vi } from "vitest";
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

/** What a pointer that does this picks, on a figure that leaves the page such ways of a finger. */
function picks(
  does: (
    handlers: ReturnType<typeof usePicking>["handlers"],
    at: (x: number, y?: number) => PointerEvent<HTMLDivElement>,
  ) => void,
  { pointerType = "mouse", touchAction = "pan-y", drags = true } = {},
): number[] {
  const picked: number[] = [];
  const figure = { grid: { F: 1, H: 1, W: 8, C: 1 }, queries: [[0, 0, 2]], active: 0 } as unknown as PaneFigure;
  const picking: Picking = { onPick: ([, , col]) => picked.push(col), onAdd: undefined, drags };
  const currentTarget = { getBoundingClientRect: () => ({ left: 0, top: 0 }), setPointerCapture: () => {} };
  vi.stubGlobal("getComputedStyle", () => ({ touchAction }));
  const at = (clientX: number, clientY = 0) => {
    const event = { clientX, clientY, button: 0, pointerType, currentTarget };
    return event as unknown as PointerEvent<HTMLDivElement>;
  };
  const found: ProbeProps["found"] = (handlers) => does(handlers, at);
  renderToStaticMarkup(createElement(Probe, { figure, picking, found }));
  return picked;
}

test("a drag picks every token on its way once, the query's as well", () => {
  const picked = picks(({ onPointerDown, onPointerMove, onPointerUp }, at) => {
    onPointerDown(at(0));
    for (const x of [0.5, 1, 1.5, 2, 2.5, 3, 2]) onPointerMove(at(x));
    onPointerUp();
    onPointerMove(at(5));
  });
  expect(picked).toEqual([0, 1, 2, 3, 2]);
});

describe("a finger", () => {
  const touch = { pointerType: "touch" };

  test.each([true, false])(
    "that taps picks when it lifts, and one that the page takes nothing (drags: %s)",
    (drags) => {
      const tapped = picks(
        ({ onPointerDown, onPointerUp }, at) => {
          onPointerDown(at(3));
          onPointerUp();
        },
        { ...touch, drags },
      );
      expect(tapped).toEqual([3]);
      const scrolled = picks(
        ({ onPointerDown, onPointerMove, onPointerCancel, onPointerUp }, at) => {
          onPointerDown(at(3));
          // The first of a scroll is told before the page takes it.
          onPointerMove(at(5, 40));
          onPointerCancel();
          onPointerMove(at(6));
          onPointerUp();
        },
        { ...touch, drags },
      );
      expect(scrolled).toEqual([]);
    },
  );

  const across = (
    { onPointerDown, onPointerMove, onPointerUp }: ReturnType<typeof usePicking>["handlers"],
    at: (x: number, y?: number) => PointerEvent<HTMLDivElement>,
  ) => {
    onPointerDown(at(3));
    for (const x of [4, 14, 30]) onPointerMove(at(x, 2));
    onPointerUp();
  };

  test("that goes across where the page scrolls up and down drags the query", () => {
    expect(picks(across, touch)).toEqual([3, 14, 30]);
    // Where the page scrolls every way it is a tap as long as nothing takes it.
    expect(picks(across, { ...touch, touchAction: "manipulation" })).toEqual([3]);
  });

  test("that paints paints whichever way it goes, and a second one moves the page", () => {
    const down = picks(
      ({ onPointerDown, onPointerMove, onPointerUp }, at) => {
        onPointerDown(at(3));
        for (const y of [4, 14, 30]) onPointerMove(at(3, y));
        onPointerUp();
      },
      { ...touch, touchAction: "pinch-zoom" },
    );
    expect(down).toEqual([3, 3, 3]);
    const pinched = picks(
      ({ onPointerDown, onPointerCancel }, at) => {
        onPointerDown(at(3));
        onPointerDown(at(6));
        onPointerCancel();
      },
      { ...touch, touchAction: "pinch-zoom" },
    );
    expect(pinched).toEqual([]);
  });
});
