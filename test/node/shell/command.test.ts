// What the shell's options may be.
import { expect, test } from "vitest";
import { wholes } from "../../../scripts/lib/command.mjs";

test("whole numbers between commas are taken with blanks around them", () => {
  expect(wholes("query", "0, 3 ,12", 3, "0,3,5")).toEqual([0, 3, 12]);
});

test.each(["0,3,", ",,", "0,3", "0,3,5,7", "0,-1,2", "0,1.5,2", "0,1e1,2", "0,0x2,1", "0,x,1", ""])(
  "%j is none of three whole numbers",
  (text) => {
    expect(() => wholes("query", text, 3, "0,3,5")).toThrow(
      `--query must be 3 whole numbers from 0, as in 0,3,5, got "${text}"`,
    );
  },
);
