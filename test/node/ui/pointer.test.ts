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
function Probe({ figure, picking, points, found }: ProbeProps) {
  const hit = (x: number, y: number) => {
    const token: TokenRef = [0, Math.floor(y), Math.floor(x)];
    return { row: 0, token, box: { x, y, width: 1, height: 1 }, at: [x, y] as const };
  };
  const { handlers, cell, readout } = usePicking({ figure, hit, picking, onPoint: (at) => points(at !== undefined) });
  // As React puts them there in a page.
  cell.current = readout.current = { style: {}, offsetWidth: 0 } as HTMLDivElement;
  found(handlers);
  return null;
}

interface ProbeProps {
  readonly figure: PaneFigure;
  readonly picking: Picking;
  /** Told whether outline, magnifier and read-out are shown. */
  readonly points: (shown: boolean) => void;
  readonly found: (handlers: ReturnType<typeof usePicking>["handlers"]) => void;
}

/** What a pointer that does this picks, on a figure that leaves the page such ways of a finger. */
function picks(
  does: (
    handlers: ReturnType<typeof usePicking>["handlers"],
    at: (x: number, y?: number, of?: object) => PointerEvent<HTMLDivElement>,
  ) => void,
  { pointerType = "mouse", touchAction = "pan-y", drags = true, points = (_: boolean) => {} } = {},
): number[] {
  const picked: number[] = [];
  const figure = {
    ...{ grid: { F: 1, H: 1, W: 8, C: 1 }, queries: [[0, 0, 2]], active: 0 },
    ...{ images: [null], rows: [{}] },
  } as unknown as PaneFigure;
  const picking: Picking = { onPick: ([, , col]) => picked.push(col), onAdd: undefined, drags };
  const currentTarget = { getBoundingClientRect: () => ({ left: 0, top: 0 }), setPointerCapture: () => {} };
  vi.stubGlobal("getComputedStyle", () => ({ touchAction }));
  vi.stubGlobal("innerWidth", 1440);
  const at = (clientX: number, clientY = 0, of = {}) => {
    const event = { clientX, clientY, button: 0, pointerType, pointerId: 1, isPrimary: true, currentTarget, ...of };
    return event as unknown as PointerEvent<HTMLDivElement>;
  };
  const found: ProbeProps["found"] = (handlers) => does(handlers, at);
  renderToStaticMarkup(createElement(Probe, { figure, picking, points, found }));
  return picked;
}

test("a drag picks every token on its way once, the query's as well", () => {
  const picked = picks(({ onPointerDown, onPointerMove, onPointerUp }, at) => {
    onPointerDown(at(0));
    for (const x of [0.5, 1, 1.5, 2, 2.5, 3, 2]) onPointerMove(at(x));
    onPointerUp(at(2));
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
          onPointerUp(at(3));
        },
        { ...touch, drags },
      );
      expect(tapped).toEqual([3]);
      const scrolled = picks(
        ({ onPointerDown, onPointerMove, onPointerCancel, onPointerUp }, at) => {
          onPointerDown(at(3));
          // The first of a scroll is told before the page takes it.
          onPointerMove(at(5, 40));
          onPointerCancel(at(5, 40));
          onPointerMove(at(6));
          onPointerUp(at(6));
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
    onPointerUp(at(30, 2));
  };

  test("that goes across where the page scrolls up and down drags the query", () => {
    expect(picks(across, touch)).toEqual([3, 14, 30]);
    // Where the page scrolls every way it is a tap as long as nothing takes it.
    expect(picks(across, { ...touch, touchAction: "manipulation" })).toEqual([3]);
  });

  test("that paints paints whichever way it goes", () => {
    const down = picks(
      ({ onPointerDown, onPointerMove, onPointerUp }, at) => {
        onPointerDown(at(3));
        for (const y of [4, 14, 30]) onPointerMove(at(3, y));
        onPointerUp(at(3, 30));
      },
      { ...touch, touchAction: "pinch-zoom" },
    );
    expect(down).toEqual([3, 3, 3]);
  });

  const second = { pointerId: 2, isPrimary: false };

  test.each(["pinch-zoom", "pan-y"])(
    "that a second one joins picks nothing, and neither does that one (%s)",
    (touchAction) => {
      const pinched = picks(
        ({ onPointerDown, onPointerMove, onPointerCancel }, at) => {
          onPointerDown(at(3));
          onPointerDown(at(60, 0, second));
          onPointerMove(at(4));
          onPointerMove(at(90, 0, second));
          onPointerCancel(at(4));
          onPointerCancel(at(90, 0, second));
        },
        { ...touch, touchAction },
      );
      expect(pinched).toEqual([]);
      const tapped = picks(
        ({ onPointerDown, onPointerMove, onPointerUp }, at) => {
          onPointerDown(at(3));
          onPointerDown(at(60, 0, second));
          onPointerUp(at(60, 0, second));
          // The one that is left is no drag either.
          for (const x of [4, 14, 30]) onPointerMove(at(x));
          onPointerUp(at(30));
          // All are up.
          onPointerDown(at(5, 0, { pointerId: 3 }));
          onPointerUp(at(5, 0, { pointerId: 3 }));
        },
        { ...touch, touchAction },
      );
      expect(tapped).toEqual([5]);
    },
  );

  test("beside a pen that paints picks nothing", () => {
    const palm = { pointerId: 2, pointerType: "touch" };
    const picked = picks(
      ({ onPointerDown, onPointerMove, onPointerUp }, at) => {
        onPointerDown(at(0));
        onPointerMove(at(40, 0, palm));
        onPointerUp(at(40, 0, palm));
        onPointerMove(at(1));
      },
      { pointerType: "pen" },
    );
    expect(picked).toEqual([0, 1]);
  });

  test("that rests beside a mouse that goes on picks nothing before it lifts", () => {
    const mouse = { pointerId: 2, pointerType: "mouse" };
    const picked = picks(({ onPointerDown, onPointerMove, onPointerCancel }, at) => {
      onPointerDown(at(3));
      onPointerMove(at(60, 0, mouse));
      onPointerMove(at(80, 0, mouse));
      onPointerCancel(at(3));
    }, touch);
    expect(picked).toEqual([]);
  });

  test("that rests is shown what it would pick, until it lifts or scrolls", () => {
    const shown: boolean[] = [];
    const steps: number[] = [];
    const picked = picks(
      ({ onPointerDown, onPointerMove, onPointerCancel }, at) => {
        onPointerDown(at(3));
        onPointerMove(at(4));
        steps.push(shown.length);
        onPointerCancel(at(4));
        onPointerMove(at(5));
      },
      { ...touch, touchAction: "manipulation", points: (on) => shown.push(on) },
    );
    expect([picked, shown, steps]).toEqual([[], [true, true, false, false], [2]]);
  });
});
