// A mask of the user's own, against a worker that answers by hand: how long a painted one is shown, and when a file is shown anew.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { layersKey } from "../../../src/state/compare/compare.ts";
import { startExplore } from "../../../src/state/explore/explore.ts";
import { bringMask, dab, setPaintingOn, startPainting } from "../../../src/state/mask/mask.ts";
import { usePainting } from "../../../src/state/mask/store.ts";
import { type Session, useSession } from "../../../src/state/session.ts";
import { DEFAULTS, setSettings, useSettings } from "../../../src/state/settings.ts";
import { startHistory, undo } from "../../../src/state/undo.ts";
import type { ClipInfo, Correspondence, MotionMask } from "../../../src/worker/protocol.ts";
import { answers, asked, encodedWith, stubBrowser, typesAsked } from "../../support/fake_page.ts";

vi.mock("../../../src/state/compute.ts", async () => (await import("../../support/fake_page.ts")).compute);

stubBrowser();
startHistory();
startPainting();

const encoded = encodedWith({
  window: { startS: 0, lengthS: 2, frames: 2 },
  grid: { F: 2, H: 2, W: 3, C: 64 },
  frames: [{ index: 0 }, { index: 8 }],
});
const catalog = [{ id: DEFAULTS.clip, title: "Cat", file: "cat.mp4", truth: null, query: [0.5, 0.5], features: [] }];

let brought = 0;
const idOf = (n: number) => `mask:000000000000000${n}:painted` as const;
const shown = () => useSettings.getState().mask;
const draft = () => usePainting.getState().draft?.join("") ?? null;
const rest = () => vi.advanceTimersByTimeAsync(1000);

beforeEach(() => {
  vi.useFakeTimers();
  useSettings.setState({ ...DEFAULTS, frames: 2 });
  useSession.setState({
    ...useSession.getInitialState(),
    ...{ catalog: catalog as unknown as Session["catalog"], clip: { durationS: 2 } as ClipInfo, opened: DEFAULTS.clip },
    ...{ encoded, mask: { mask: new Uint8Array(12) } as MotionMask },
  });
  usePainting.setState(usePainting.getInitialState());
  asked.length = 0;
  answers.clear();
  brought = 0;
  answers.set("bring-mask", () => ({ id: idOf(++brought) }));
});
afterEach(() => {
  vi.useRealTimers();
});

test("strokes are shown while they become a mask, and one that is undone no longer", async () => {
  setPaintingOn(true);
  dab([0, 0, 0]);
  await rest();
  expect([shown(), draft()]).toEqual([idOf(1), "100000000000"]);
  dab([1, 0, 0]);
  await rest();
  expect([shown(), draft()]).toEqual([idOf(2), "100000100000"]);
  undo();
  expect([shown(), draft()]).toEqual([idOf(1), null]);
});

test("a stroke that follows while the one before becomes a mask is kept", async () => {
  const replies: ((reply: { id: string }) => void)[] = [];
  answers.set("bring-mask", () => new Promise((resolve) => replies.push(resolve)));
  dab([0, 0, 0]);
  await rest();
  dab([0, 0, 1]);
  await rest();
  replies[0]({ id: idOf(1) });
  await rest();
  expect([shown(), draft()]).toEqual([idOf(1), "110000000000"]);
  // The last stroke counts also where painting ends before its mask is there.
  setPaintingOn(false);
  replies[1]({ id: idOf(2) });
  await rest();
  expect([shown(), draft()]).toEqual([idOf(2), null]);
});

test("a draft goes with what it was painted on, and so does a mask that comes after that", async () => {
  dab([0, 0, 0]);
  useSession.setState({ encoded: { ...encoded } });
  expect(draft()).toBeNull();
  await rest();
  expect(typesAsked()).not.toContain("bring-mask");

  let reply: (value: { id: string }) => void = () => {};
  answers.set("bring-mask", () => new Promise((resolve) => (reply = resolve)));
  dab([0, 0, 0]);
  await rest();
  useSession.setState({ encoded: { ...encoded } });
  reply({ id: idOf(1) });
  await rest();
  expect([shown(), draft()]).toEqual(["", null]);
});

test("a file that is dropped again is asked for anew: it may be of other frames than it was", async () => {
  useSession.setState({ correspondence: {} as Correspondence });
  setSettings({ mask: idOf(1) });
  startExplore();
  await rest();
  const masks = () => asked.filter(({ type }) => type === "mask");
  expect(masks()).toHaveLength(1);
  await bringMask([new File([], "painted.png")]);
  await rest();
  expect(masks()).toHaveLength(2);
  expect(masks()[1]).toMatchObject({ brought: idOf(1) });
  expect([shown(), useSettings.getState().showMask]).toEqual([idOf(1), true]);
});

test("losses of a student's blocks are of the mask that they were measured with", () => {
  const key = () => layersKey(useSettings.getState());
  const without = key();
  setSettings({ mask: idOf(1) });
  const [one, again] = [key(), key()];
  setSettings({ mask: idOf(2) });
  expect(new Set([without, one, key()]).size).toBe(3);
  expect(again).toBe(one);
});
