// Ctrl+Z over settings and queries.
import { beforeEach, expect, test, vi } from "vitest";
import { DEFAULTS, setSettings, useSettings } from "../../../src/state/settings.ts";
import { noStep, redo, startHistory, undo, useHistory } from "../../../src/state/undo.ts";

startHistory();

let now = 0;
beforeEach(() => {
  vi.spyOn(performance, "now").mockImplementation(() => now);
  useSettings.setState({ ...DEFAULTS, clip: `clip ${Math.random()}` });
});

/** A change, a second after the one before. */
function change(to: Parameters<typeof setSettings>[0]): void {
  now += 1000;
  setSettings(to);
}

test("a query that was removed comes back with its place among the others, and goes again", () => {
  change({
    queries: [
      [0, 1, 1],
      [0, 2, 2],
    ],
    active: 1,
  });
  change({ queries: [[0, 1, 1]], active: 0 });
  expect(undo()).toBe(true);
  expect(useSettings.getState()).toMatchObject({
    queries: [
      [0, 1, 1],
      [0, 2, 2],
    ],
    active: 1,
  });
  expect(redo()).toBe(true);
  expect(useSettings.getState()).toMatchObject({ queries: [[0, 1, 1]], active: 0 });
});

test("a drag is one step, and so is each of two drags", () => {
  for (const tau of [0.03, 0.04, 0.05]) setSettings({ tau });
  now += 1000;
  for (const tau of [0.06, 0.07]) setSettings({ tau });
  undo();
  expect(useSettings.getState().tau).toBe(0.05);
  undo();
  expect(useSettings.getState().tau).toBe(DEFAULTS.tau);
  expect(undo()).toBe(false);
});

test("what is looked at is no step, and another clip is a new beginning", () => {
  change({ view: "compare" });
  change({ frame: 3, stage: "frame" });
  expect(undo()).toBe(false);
  change({ tau: 0.5 });
  change({ rho: 0.5 });
  undo();
  expect(useSettings.getState()).toMatchObject({ view: "compare", frame: 3, tau: 0.5, rho: DEFAULTS.rho });
  change({ clip: "another" });
  expect(useHistory.getState()).toEqual({ done: [], undone: [] });
});

test("a new step forgets what was taken back", () => {
  change({ tau: 0.5 });
  undo();
  change({ rho: 0.9 });
  expect(redo()).toBe(false);
});

test.each([
  ["taken back", () => undo()],
  ["done again", () => undo() && redo()],
])("a change right after a step was %s is one of its own", (_, go) => {
  change({ rho: 0.9 });
  change({ tau: 0.5 });
  change({ tau: 0.6 });
  now += 100;
  go();
  const { tau } = useSettings.getState();
  now += 100;
  setSettings({ tau: 0.7 });
  expect(undo()).toBe(true);
  expect(useSettings.getState()).toMatchObject({ tau, rho: 0.9 });
  expect(redo()).toBe(true);
  expect(useSettings.getState().tau).toBe(0.7);
});

test("what the page does by itself is no step, even where it fails", () => {
  change({ tau: 0.5 });
  noStep(() => setSettings({ startS: 1, queries: [[0, 1, 1]] }));
  expect(() =>
    noStep(() => {
      throw new Error("no window");
    }),
  ).toThrow("no window");
  change({ rho: 0.9 });
  undo();
  undo();
  expect(undo()).toBe(false);
  expect(useSettings.getState()).toMatchObject({ tau: DEFAULTS.tau, startS: 1, queries: [[0, 1, 1]] });
});
