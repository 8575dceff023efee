import { expect, test } from "vitest";
import { keyed } from "../../src/ui/controls/slider_keys.ts";

const tau = { low: 0.005, high: 2, log: true, ticks: [0.01, 0.05, 0.1, 0.5, 1] };

test("on a log scale ten presses are a factor of ten, by round values, and the ends hold", () => {
  let value = 0.02;
  const seen = Array.from({ length: 10 }, () => (value = keyed("ArrowRight", false, { ...tau, value }) ?? 0));
  expect(seen).toEqual([0.025, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2]);
  expect(keyed("ArrowLeft", false, { ...tau, value: 0.0213 })).toBe(0.02);
  expect(keyed("ArrowUp", false, { ...tau, value: 2 })).toBe(2);
  expect(keyed("ArrowDown", false, { ...tau, value: 0.005 })).toBe(0.005);
});

test("page keys go to the next marked value, Shift and other keys are the browser's", () => {
  expect(keyed("PageUp", false, { ...tau, value: 0.02 })).toBe(0.05);
  expect(keyed("PageDown", false, { ...tau, value: 0.05 })).toBe(0.01);
  expect(keyed("PageDown", false, { ...tau, value: 0.01 })).toBe(0.005);
  expect(keyed("ArrowRight", true, { ...tau, value: 0.02 })).toBeUndefined();
  expect(keyed("Tab", false, { ...tau, value: 0.02 })).toBeUndefined();
});

test("a linear scale goes by round hundredths of itself", () => {
  const rho = { low: 0.05, high: 1, log: false, ticks: [0.2, 0.5, 1] };
  expect(keyed("ArrowRight", false, { ...rho, value: 0.2 })).toBe(0.21);
  expect(keyed("ArrowLeft", false, { ...rho, value: 0.05 })).toBe(0.05);
  expect(keyed("ArrowUp", false, { low: 0, high: 999, log: false, ticks: [], value: 250 })).toBe(260);
});
