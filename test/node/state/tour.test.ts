import { expect, test } from "vitest";
import { setSettings } from "../../../src/state/settings.ts";
import { startTour, useTour } from "../../../src/state/tour.ts";

test("the tour goes on by what the user does, not by a query that the page moves with the window", () => {
  startTour();
  setSettings({ startS: 1.2, lengthS: 1.6, queries: [[0, 5, 7]] });
  expect(useTour.getState().step).toBe(0);
  setSettings({ queries: [[0, 4, 7]] });
  expect(useTour.getState().step).toBe(1);
});
