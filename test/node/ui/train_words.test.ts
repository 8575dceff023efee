import { expect, test } from "vitest";
import { duration } from "../../../src/ui/train/words.ts";

test("a duration is rounded to the last unit that it says, before it is split", () => {
  const said = [0.4, 42.3, 59.4, 59.7, 119.4, 119.7, 200, 3599.4, 3599.7, 3900, 7199].map(duration);
  expect(said).toEqual([
    ...["0.4 s", "42 s", "59 s", "1 min 0 s", "1 min 59 s", "2 min 0 s"],
    ...["3 min 20 s", "59 min 59 s", "1 h 0 min", "1 h 5 min", "2 h 0 min"],
  ]);
});
