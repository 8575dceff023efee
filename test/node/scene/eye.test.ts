import { expect, test } from "vitest";
import { type Eye, OrbitEye } from "../../../src/scene/eye.ts";
import { blockLayout } from "../../../src/scene/layout.ts";
import { EYE_RANGES } from "../../../src/state/settings.ts";

/** What the controls ask of a canvas; they turn by what it hears. */
function canvas() {
  const target = new EventTarget();
  return Object.assign(target, { style: {}, ownerDocument: new EventTarget(), clientHeight: 300 });
}

test("the wheel comes as near, and goes as far, as a link can say, and turning keeps within it", () => {
  const element = canvas();
  const rested: Eye[] = [];
  const eye = new OrbitEye(
    element as unknown as HTMLElement,
    () => {},
    (at) => rested.push(at),
  );
  eye.resize(blockLayout({ F: 4, H: 6, W: 8 }, 0.75, 3), 400, 300);
  eye.turnTo([52, 20, 100]);
  const wheel = (deltaY: number, times: number) => {
    for (let i = 0; i < times; i++)
      element.dispatchEvent(Object.assign(new Event("wheel", { cancelable: true }), { deltaY, deltaMode: 0 }));
    return rested.at(-1)?.[2];
  };
  const [farthest, nearest] = EYE_RANGES.zoom;
  expect(wheel(-100, 1)).toBeGreaterThan(100);
  expect(wheel(-100, 60)).toBe(nearest);
  eye.turnBy(90, 0);
  expect(rested.at(-1)).toEqual([142, 20, nearest]);
  expect(wheel(100, 120)).toBe(farthest);
  // The camera is where it says: a single step back is seen.
  expect(wheel(-100, 1)).toBeGreaterThan(farthest);
});
