// The paper's tables, against themselves: a digit that was copied wrong shows in the sum.
import { expect, test } from "vitest";
import { VIDEOPHY, VIDEOPHY2 } from "../../src/study/published.ts";

test("each row's categories, weighted by their clips, make its total", () => {
  const { all, solidSolid, solidFluid, fluidFluid } = VIDEOPHY.clips;
  expect(solidSolid + solidFluid + fluidFluid).toBe(all);
  for (const row of VIDEOPHY.groups.flat()) {
    for (const side of ["sa", "pc"] as const) {
      const sum =
        row.solidSolid[side] * solidSolid + row.solidFluid[side] * solidFluid + row.fluidFluid[side] * fluidFluid;
      // Each number is rounded to 0.1: the total's own rounding and the mean of three.
      expect(Math.abs(sum / all - row.all[side]), `${row.method} ${side}`).toBeLessThanOrEqual(0.1 + 1e-9);
    }
  }
});

test("no clip is joint that fails one of the two", () => {
  for (const { joint, sa, pc } of VIDEOPHY2.rows) {
    expect(joint).toBeLessThanOrEqual(Math.min(sa, pc));
    expect(joint).toBeGreaterThanOrEqual(sa + pc - 100);
  }
});
