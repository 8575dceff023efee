import { expect, test } from "vitest";
import { type Eye, OrbitEye } from "../../../src/scene/eye.ts";
import { blockLayout } from "../../../src/scene/layout.ts";
import { EYE_RANGES } from "../../../src/state/settings.ts";

/** What the controls ask of a canvas; they turn by what it hears. */
function canvas() {
  const target = new EventTarget();
  return Object.assign(target, { style: {}, ownerDocument: new EventTarget(), clientHeight: 300 });
}

function opened(onRest: (at: Eye) => void = () => {}) {
  const element = canvas();
  const eye = new OrbitEye(element as unknown as HTMLElement, () => {}, onRest);
  eye.resize(blockLayout({ F: 4, H: 6, W: 8 }, 0.75, 3), 400, 300);
  return { element, eye };
}

test("after a flight the block is seen as before it, where it was panned to", () => {
  const { eye } = opened();
  eye.turnTo([52, 20, 130]);
  eye.panBy(0.3, -0.2);
  const [x, y, z] = eye.camera.position;
  const back = eye.hold();
  eye.stand({ x: 0, y: 0.2, z: 1 }, { x: 0, y: 0, z: -1 });
  // Whatever is done to it meanwhile.
  eye.turnBy(30, 0);
  eye.panBy(0.5, 0.5);
  eye.stand({ x: 0, y: 0.2, z: 0 }, { x: 0, y: 0, z: -2 });
  back();
  expect(eye.eye).toEqual([52, 20, 130]);
  for (const [i, value] of [x, y, z].entries()) expect(eye.camera.position.toArray()[i]).toBeCloseTo(value, 6);
});

test("the wheel comes as near, and goes as far, as a link can say, and turning keeps within it", () => {
  const rested: Eye[] = [];
  const { element, eye } = opened((at) => rested.push(at));
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
