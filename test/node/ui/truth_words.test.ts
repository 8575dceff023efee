import { expect, test } from "vitest";
import { knownWords } from "../../../src/ui/clip/TruthTable.tsx";

test("of a clip whose truth is ours its motion is known: a camera moves in some of them only", () => {
  expect(knownWords(false, false)).toBe("The motion of this clip is known");
  expect(knownWords(false, true)).toBe("This clip is simulated");
  expect(knownWords(true, true)).toBe("Points of this clip are known");
});
