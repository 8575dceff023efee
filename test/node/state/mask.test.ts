// A mask of the user's own, against a worker that answers by hand: how long a painted one is shown, and when a file is shown anew.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { layersKey } from "../../../src/state/compare/compare.ts";
import { dismissFailure, openBuiltin, openFile, startExplore } from "../../../src/state/explore/explore.ts";
import {
  bringMask,
  dab,
  isMaskUnsaved,
  keepMaskSaved,
  putMaskAway,
  setPaintingOn,
  startPainting,
} from "../../../src/state/mask/mask.ts";
import { usePainting } from "../../../src/state/mask/store.ts";
import { usePageNotice } from "../../../src/state/page_notice.ts";
import { Reconciler } from "../../../src/state/reconcile.ts";
import { type Session, useSession } from "../../../src/state/session.ts";
import { DEFAULTS, setSettings, useSettings } from "../../../src/state/settings.ts";
import { startHistory, undo } from "../../../src/state/undo.ts";
import type { BroughtMask, ClipInfo, Correspondence, MotionMask } from "../../../src/worker/protocol.ts";
import { answers, asked, encodedWith, stubBrowser, typesAsked, untold } from "../../support/fake_page.ts";

vi.mock("../../../src/state/compute.ts", async () => (await import("../../support/fake_page.ts")).compute);

stubBrowser();
startHistory();
startPainting();

const encoded = encodedWith({
  window: { startS: 0, lengthS: 2, frames: 2 },
  grid: { F: 2, H: 2, W: 3, C: 64 },
  frames: [{ index: 0 }, { index: 8 }],
});
const catalog = [DEFAULTS.clip, "discs"].map((id) => ({
  ...{ id, title: id, file: `${id}.mp4`, truth: null },
  ...{ query: [0.5, 0.5], features: [] },
}));

let brought = 0;
const idOf = (n: number) => `mask:000000000000000${n}:painted` as const;
const maskOf = (n: number, clip = "aaaa"): BroughtMask => ({ id: idOf(n), clip, empty: false });
const shown = () => useSettings.getState().mask;
const notice = () => usePageNotice.getState().text;
const draft = () => usePainting.getState().draft?.join("") ?? null;
const rest = () => vi.advanceTimersByTimeAsync(1000);

beforeEach(() => {
  vi.useFakeTimers();
  useSettings.setState({ ...DEFAULTS, frames: 2 });
  useSession.setState({
    ...useSession.getInitialState(),
    ...{
      catalog: catalog as unknown as Session["catalog"],
      clip: { contentHash: "aaaa", durationS: 2 } as ClipInfo,
      opened: DEFAULTS.clip,
    },
    ...{ encoded, mask: { mask: new Uint8Array(12) } as MotionMask },
  });
  usePainting.setState(usePainting.getInitialState());
  usePageNotice.setState({ text: null });
  asked.length = 0;
  answers.clear();
  brought = 0;
  answers.set("bring-mask", () => maskOf(++brought));
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
  const replies: ((reply: BroughtMask) => void)[] = [];
  answers.set("bring-mask", () => new Promise((resolve) => replies.push(resolve)));
  dab([0, 0, 0]);
  await rest();
  dab([0, 0, 1]);
  await rest();
  replies[0](maskOf(1));
  await rest();
  expect([shown(), draft()]).toEqual([idOf(1), "110000000000"]);
  // The last stroke counts also where painting ends before its mask is there.
  setPaintingOn(false);
  replies[1](maskOf(2));
  await rest();
  expect([shown(), draft()]).toEqual([idOf(2), null]);
});

test("a draft goes with what it was painted on, and so does a mask that comes after that", async () => {
  dab([0, 0, 0]);
  useSession.setState({ encoded: { ...encoded } });
  expect(draft()).toBeNull();
  await rest();
  expect(typesAsked()).not.toContain("bring-mask");

  let reply: (value: BroughtMask) => void = () => {};
  answers.set("bring-mask", () => new Promise((resolve) => (reply = resolve)));
  dab([0, 0, 0]);
  await rest();
  useSession.setState({ encoded: { ...encoded } });
  reply(maskOf(1));
  await rest();
  expect([shown(), draft()]).toEqual(["", null]);
});

test("a mask is shown on the clip that it was taken for, and on no other", async () => {
  const replies: ((reply: BroughtMask) => void)[] = [];
  answers.set("bring-mask", () => new Promise((resolve) => replies.push(resolve)));
  const other = { contentHash: "bbbb", durationS: 2 } as ClipInfo;
  // Dropped while another clip opens: by its turn that one is open.
  const early = bringMask([new File([], "1.png")]);
  useSession.setState({ clip: other });
  replies[0](maskOf(1, "bbbb"));
  await early;
  expect([shown(), notice()]).toEqual([idOf(1), null]);

  // Taken for the clip before, as many pictures are that are still read: the new one would miss it.
  setSettings({ mask: "" });
  const late = bringMask([new File([], "1.png"), new File([], "2.png")]);
  replies[1](maskOf(2, "aaaa"));
  await late;
  expect([shown(), notice()]).toEqual([
    "",
    "The mask “painted” was taken for the clip before: drop it again for this one.",
  ]);
});

test("a file without a single mark is shown as it is, and that is said; one that was painted so was meant", async () => {
  answers.set("bring-mask", () => ({ ...maskOf(++brought), empty: true }));
  await bringMask([new File([], "ids.png")]);
  expect([shown(), notice()]).toEqual([idOf(1), expect.stringMatching(/^The mask “painted” marks nothing/)]);
  usePageNotice.setState({ text: null });
  dab([0, 0, 0]);
  await rest();
  expect([shown(), notice()]).toEqual([idOf(2), null]);
});

test("a mask that comes while another clip opens is not that one's, painted or brought", async () => {
  const replies: ((reply: BroughtMask) => void)[] = [];
  answers.set("bring-mask", () => new Promise((resolve) => replies.push(resolve)));
  const bringing = bringMask([new File([], "1.png")]);
  dab([0, 0, 0]);
  await rest();
  setSettings({ clip: "discs" });
  replies[0](maskOf(1));
  replies[1](maskOf(2));
  await bringing;
  await rest();
  expect(shown()).toBe("");
});

test("a file that is dropped again is asked for anew: it may be of other frames than it was", async () => {
  useSession.setState({ correspondence: {} as Correspondence });
  setSettings({ mask: idOf(1) });
  startExplore();
  await rest();
  const masks = () => asked.filter(({ type }) => type === "mask");
  expect(masks()).toHaveLength(1);
  // Beside a student's checkpoint in a request of another view.
  const order = { type: "generate", trained: { bytes: untold() } };
  new Reconciler<{ make: object }>(
    () => ({ make: { request: order, of: order } }),
    { make: () => new Promise(() => {}) },
    () => {},
  ).run();
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

/** Another clip is chosen in the menu, and opens. */
async function choose(id: string, contentHash: string): Promise<void> {
  openBuiltin(id);
  await rest();
  useSession.setState({ clip: { contentHash, durationS: 2 } as ClipInfo, opened: id, encoded: { ...encoded } });
  await rest();
}

test("what was painted on a clip comes back with it, and is asked about until it is saved", async () => {
  expect(isMaskUnsaved()).toBe(false);
  dab([0, 0, 0]);
  await rest();
  // The same clip, chosen once more.
  openBuiltin(DEFAULTS.clip);
  expect(shown()).toBe(idOf(1));
  await choose("discs", "bbbb");
  expect([shown(), isMaskUnsaved()]).toEqual(["", true]);
  asked.length = 0;
  brought = 0;
  await choose(DEFAULTS.clip, "aaaa");
  // The worker has it anew, of this clip, before it is asked for.
  expect(asked.filter(({ type }) => type === "bring-mask")).toEqual([
    { type: "bring-mask", files: [usePainting.getState().files.get(idOf(1))] },
  ]);
  expect([shown(), isMaskUnsaved()]).toEqual([idOf(1), true]);
  // It is no step of the user's.
  undo();
  expect(shown()).toBe(idOf(1));
  keepMaskSaved(idOf(1));
  expect(isMaskUnsaved()).toBe(false);
});

test("what was put away stays away", async () => {
  dab([0, 0, 0]);
  await rest();
  await choose("discs", "bbbb");
  await choose(DEFAULTS.clip, "aaaa");
  expect(isMaskUnsaved()).toBe(true);
  putMaskAway();
  // Nothing shows what is kept of the clip that is open.
  expect(isMaskUnsaved()).toBe(false);
  await choose("discs", "bbbb");
  await choose(DEFAULTS.clip, "aaaa");
  expect([shown(), isMaskUnsaved()]).toEqual(["", false]);
});

test("a mask that is missing goes where a built-in clip is asked for instead", () => {
  setSettings({ mask: idOf(9) });
  dismissFailure();
  expect(shown()).toBe("");
});

test("a link that comes later shows what it says", async () => {
  dab([0, 0, 0]);
  await rest();
  await choose("discs", "bbbb");
  useSettings.setState({ ...DEFAULTS, frames: 2 });
  await rest();
  expect(shown()).toBe("");
});

test("the last stroke before another clip is chosen is kept as well", async () => {
  const replies: ((reply: BroughtMask) => void)[] = [];
  answers.set("bring-mask", () => new Promise((resolve) => replies.push(resolve)));
  dab([0, 0, 0]);
  openBuiltin("discs");
  // It was given to the worker before that opened the other clip.
  expect(typesAsked()[0]).toBe("bring-mask");
  replies[0](maskOf(1));
  await rest();
  expect(usePainting.getState().kept.get(DEFAULTS.clip)).toBe(idOf(1));
  expect([shown(), isMaskUnsaved()]).toEqual(["", true]);
});

test("the last stroke before a file is opened is kept as well, when that is open and when it could not be", async () => {
  const replies: ((reply: BroughtMask) => void)[] = [];
  answers.set("bring-mask", () => new Promise((resolve) => replies.push(resolve)));
  dab([0, 0, 0]);
  openFile(new File([], "own.mp4"));
  expect(typesAsked()[0]).toBe("bring-mask");
  replies[0](maskOf(1));
  await rest();
  // The clip is still the one before: where the file cannot be opened it goes on with its mask.
  expect([shown(), draft()]).toEqual([idOf(1), "100000000000"]);
  useSession.setState({ clip: { contentHash: "cccc", durationS: 2 } as ClipInfo, opened: "file:cccc", encoded: null });
  openBuiltin("file:cccc");
  useSession.setState({ incoming: null });
  expect(usePainting.getState().kept.get(DEFAULTS.clip)).toBe(idOf(1));
  expect([shown(), draft(), isMaskUnsaved()]).toEqual(["", null, true]);
});
