// Where the read-out stands that follows the pointer.
import { expect, test } from "vitest";
import { readoutLeft } from "../../../src/ui/figure/pointer.ts";

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
