// The block's camera by keys and buttons: what is under way ends first, or is left alone.
import { beforeEach, expect, test, vi } from "vitest";
import type { SpaceTimeView } from "../../../src/scene/view.ts";
import { DEFAULTS, useSettings } from "../../../src/state/settings.ts";
import { cameraKey, EYES } from "../../../src/ui/space_time/keys.ts";

/** What was done to a view, in order. */
function viewed({ lent = false } = {}) {
  const done: string[] = [];
  const noted = (name: string) => () => void done.push(name);
  const moves = ["turnTo", "turnBy", "panBy", "zoomBy"].map((name) => [name, noted(name)]);
  const view = {
    lent,
    endFlight: noted("endFlight"),
    toggleFlight: noted("toggleFlight"),
    eye: { eye: [10, 20, 100], ...Object.fromEntries(moves) },
  };
  return { view: view as unknown as SpaceTimeView, done };
}

beforeEach(() => useSettings.setState({ eye: DEFAULTS.eye }));

test.each([
  ["l", "turnBy", "seen from 10 degrees round and 20 above, zoom 100 percent"],
  ["K", "panBy", "seen from 10 degrees round and 20 above, zoom 100 percent"],
  ["=", "zoomBy", "seen from 10 degrees round and 20 above, zoom 100 percent"],
  ["s", "turnTo", "seen from the side: time from left to right, rows from top to bottom"],
])("key %s ends a flight before it does %s: the end of the flight would undo it", (key, move, said) => {
  const { view, done } = viewed();
  expect(cameraKey(view, key, true)).toBe(said);
  expect(done).toEqual(["endFlight", move]);
});

test("a key that is none of the camera's lets the flight go on", () => {
  const { view, done } = viewed();
  expect(cameraKey(view, "ArrowLeft", true)).toBeUndefined();
  expect(done).toEqual([]);
});

test("the link follows a fixed point of view", () => {
  const { view } = viewed();
  const [key, , side] = EYES[2];
  cameraKey(view, key, false);
  expect(useSettings.getState().eye).toEqual(side);
});

test("while a file is made of the block nothing moves the camera, and the link stays", () => {
  const { view, done } = viewed({ lent: true });
  const settled = vi.fn();
  const unsubscribe = useSettings.subscribe(settled);
  for (const key of ["g", "l", "K", "+", "s"]) expect(cameraKey(view, key, false)).toMatch(/^a file is being made/);
  unsubscribe();
  expect(done).toEqual([]);
  expect(settled).not.toHaveBeenCalled();
});
