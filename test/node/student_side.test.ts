import { expect, test } from "vitest";
import definition from "../../models/student/student.json";
import { repeatFrames } from "../../src/encoders/cogvideox.ts";
import { fixedInput } from "../../src/encoders/input.ts";
import { STUDENT_BLOCKS } from "../../src/encoders/noising.ts";
import { sideWords } from "../../src/figure/captions.ts";

test("what the page knows of the student is what its definition says", () => {
  const { depth, frames, rows } = definition.shape;
  expect(STUDENT_BLOCKS).toEqual({ count: depth, aligned: definition.aligned });
  const fixed = fixedInput("cogvideox");
  expect(fixed && [(fixed.frames ?? 0) / fixed.tubelet, fixed.size.height / fixed.token]).toEqual([frames, rows]);
});

test("a token frame's features stand for each of its frames", () => {
  expect([...repeatFrames(Float32Array.of(1, 2, 3, 4), 2, 3)]).toEqual([1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4]);
});

test("a caption says which student it was, in which noise, and what became of its clip", () => {
  const noising = { t: 250, block: 4, given: true, seed: 9 };
  expect(sideWords({ encoder: "cogvideox", token: 8, degradation: "frozen", noising })).toBe(
    "our CogVideoX 8 px at t = 250, block 4, noise 9, first frames given, on a frozen copy",
  );
  expect(sideWords({ encoder: "xfeat", token: 16, degradation: "none" })).toBe("XFeat 16 px");
});
