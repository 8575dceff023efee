// The user's own truth of a clip, against a worker that answers by hand: it is of the clip that the worker took it for.
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { beforeEach, expect, test, vi } from "vitest";
import { setPaintingOn } from "../../../src/state/mask/mask.ts";
import { usePainting } from "../../../src/state/mask/store.ts";
import { usePageNotice } from "../../../src/state/page_notice.ts";
import { useSession } from "../../../src/state/session.ts";
import { DEFAULTS, setSettings, useSettings } from "../../../src/state/settings.ts";
import { useTruth } from "../../../src/state/truth/store.ts";
import {
  activateTrack,
  arePointsUnsaved,
  bringTruth,
  erasePoint,
  keepSaved,
  markPoint,
  newTrack,
  putTruthAway,
  removeTrack,
  setMarking,
  startTruth,
} from "../../../src/state/truth/truth.ts";
import { startHistory } from "../../../src/state/undo.ts";
import { pressPageKey } from "../../../src/ui/page/keys.ts";
import { MARK_LABEL } from "../../../src/ui/truth/marking.ts";
import { TruthSection } from "../../../src/ui/truth/TruthSection.tsx";
import type { ClipInfo, PointTracks, TruthReply, TruthRequest } from "../../../src/worker/protocol.ts";
import { answers, asked, encodedWith, stubBrowser } from "../../support/fake_page.ts";

vi.mock("../../../src/state/compute.ts", async () => (await import("../../support/fake_page.ts")).compute);

stubBrowser();
vi.stubGlobal("HTMLElement", class {});
startHistory();
startTruth();

const clipOf = (contentHash: string) => ({ contentHash, width: 320, height: 224 }) as ClipInfo;
const [old, next] = [clipOf("aaaa"), clipOf("bbbb")];
const encoded = encodedWith({ hasTruth: false, frames: [{ index: 0 }] });
const tracks: PointTracks = {
  names: ["a"],
  ...{ frames: 2, xy: new Float32Array(4), visible: Uint8Array.of(1, 1) },
};
const settled = () => new Promise((resolve) => setTimeout(resolve));
let reply: (of: TruthReply) => void;

beforeEach(() => {
  useSettings.setState(DEFAULTS);
  useTruth.setState(useTruth.getInitialState());
  usePageNotice.setState({ text: null });
  useSession.setState({ ...useSession.getInitialState(), clip: old, encoded });
  asked.length = 0;
  answers.clear();
  answers.set("truth", () => new Promise((resolve) => (reply = resolve)));
});

test("tracks that are dropped while a clip opens are that clip's, in the worker and on the page", async () => {
  const bringing = bringTruth(new File([], "tracks.csv"));
  useSession.setState({ clip: next, encoded: encodedWith({ hasTruth: false }) });
  reply({ clip: "bbbb", name: "tracks.csv", tracks, hasTruth: true });
  await bringing;
  expect(useTruth.getState()).toMatchObject({ name: "tracks.csv", tracks });
  expect(useSession.getState().encoded?.hasTruth).toBe(true);
  expect(useSettings.getState().showTruth).toBe(true);
});

test("tracks of a clip that is gone are nobody's", async () => {
  const bringing = bringTruth(new File([], "tracks.csv"));
  useSession.setState({ clip: next });
  reply({ clip: "aaaa", name: "tracks.csv", tracks, hasTruth: true });
  await bringing;
  expect(useTruth.getState()).toMatchObject({ name: "", tracks: null });
  expect(useSettings.getState().showTruth).toBe(false);
});

test("points go with the clip that they were marked on, and with no other", async () => {
  const marking = setMarking(true);
  const none = { names: [], frames: 2, xy: new Float32Array(), visible: new Uint8Array() };
  reply({ clip: "aaaa", name: "", tracks: none, hasTruth: false });
  await marking;
  markPoint(0, 0.5, 0.5);
  expect(asked.at(-1)).toMatchObject({ type: "truth", source: { kind: "points", clip: "aaaa" } });
  // The next press builds on it before the worker has it.
  expect(useTruth.getState().tracks?.names).toHaveLength(1);
  reply({ clip: "aaaa", name: "", tracks: none, hasTruth: true });
  await settled();
  expect(useTruth.getState().tracks?.names).toHaveLength(1);

  // Another clip is open by the time: the worker left its truth as it was.
  removeTrack(0);
  useSession.setState({ clip: next });
  reply({ clip: "bbbb", name: "", tracks: null, hasTruth: false });
  await settled();
  expect(useTruth.getState().tracks).toBeNull();
});

test("a press either marks or paints: what begins ends the other", async () => {
  const on = () => [useTruth.getState().marking, usePainting.getState().on];
  setPaintingOn(true);
  let marking = setMarking(true);
  reply({ clip: "aaaa", name: "", tracks, hasTruth: true });
  await marking;
  expect(on()).toEqual([true, false]);
  setPaintingOn(true);
  expect(on()).toEqual([false, true]);

  // Painting begins while the worker is asked for room to mark.
  useTruth.setState({ tracks: null });
  marking = setMarking(true);
  setPaintingOn(true);
  reply({ clip: "aaaa", name: "", tracks, hasTruth: true });
  await marking;
  expect(on()).toEqual([false, true]);
});

/** "Take back" among the buttons: React's markup is of what the stores are at first. */
function takeBack(): "can" | "waits" | undefined {
  const at = [useTruth.getInitialState(), useSession.getInitialState()].map((state) => ({ ...state }));
  Object.assign(useTruth.getInitialState(), useTruth.getState());
  Object.assign(useSession.getInitialState(), useSession.getState());
  const html = renderToStaticMarkup(createElement(TruthSection));
  Object.assign(useTruth.getInitialState(), at[0]);
  Object.assign(useSession.getInitialState(), at[1]);
  const button = html.match(/<button([^>]*)>Take back/);
  return button ? (button[1].includes('aria-disabled="true"') ? "waits" : "can") : undefined;
}

/** A worker that takes what it is given, for the clip that is open. */
function obey(): void {
  const none = { names: [], frames: 2, xy: new Float32Array(), visible: new Uint8Array() };
  answers.set("truth", ({ source }: TruthRequest) => ({
    clip: useSession.getState().clip?.contentHash,
    name: source?.kind === "file" ? source.file.name : "",
    tracks: source?.kind === "points" ? source.tracks : source?.kind === "file" ? tracks : source && none,
    hasTruth: source !== null,
  }));
}

/** Where each track is marked in the first frame, and which is active. */
function marked() {
  const { tracks: now, active } = useTruth.getState();
  return { xs: now?.names.map((_, n) => now.xy[2 * n * now.frames]) ?? null, active };
}

const press = (key: string, shiftKey = false) =>
  pressPageKey({ key, ctrlKey: true, shiftKey, target: null, preventDefault: () => {} } as unknown as KeyboardEvent);

test("while points are marked, Ctrl+Z takes the last of them back and leaves the settings", async () => {
  obey();
  setSettings({ tau: 0.5 });
  await setMarking(true);
  const settings = useSettings.getState();
  markPoint(0, 0.5, 0.5);
  newTrack();
  markPoint(0, 0.25, 0.5);
  press("z");
  expect(marked()).toEqual({ xs: [160], active: 1 });
  press("z", true);
  expect(marked()).toEqual({ xs: [160, 80], active: 1 });
  activateTrack(0);
  markPoint(0, 0.75, 0.5);
  removeTrack(0);
  expect(marked().xs).toEqual([80]);
  press("z");
  expect(marked()).toEqual({ xs: [240, 80], active: 0 });
  for (let i = 0; i < 5; i++) press("z");
  expect(marked().xs).toEqual([]);
  press("y");
  expect(marked().xs).toEqual([160]);
  expect(useSettings.getState()).toBe(settings);
  await settled();
  // The worker was told of each.
  expect(asked.at(-1)).toMatchObject({ source: { kind: "points", tracks: useTruth.getState().tracks } });

  // Not marking, the settings go back, and the points stay.
  await setMarking(false);
  press("z");
  press("z");
  expect([useSettings.getState().tau, marked().xs]).toEqual([DEFAULTS.tau, [160]]);
});

test("what was marked on a clip comes back with it, and is asked about until it is saved", async () => {
  obey();
  await setMarking(true);
  expect(arePointsUnsaved()).toBe(false);
  markPoint(0, 0.5, 0.5);
  await settled();
  useSession.setState({ clip: next });
  expect(marked().xs).toBeNull();
  expect(arePointsUnsaved()).toBe(true);
  // Opened anew, it is the same file, and another object.
  useSession.setState({ clip: clipOf("aaaa") });
  expect(asked.at(-1)).toMatchObject({ type: "truth", source: { kind: "points", clip: "aaaa" } });
  await settled();
  expect(marked().xs).toEqual([160]);
  expect(useTruth.getState().marking).toBe(false);
  keepSaved();
  expect(arePointsUnsaved()).toBe(false);
  await setMarking(true);
  markPoint(0, 0.25, 0.5);
  expect(arePointsUnsaved()).toBe(true);
});

test.each([
  ["put away", putTruthAway],
  ["replaced by a file's", () => bringTruth(new File([], "tracks.csv"))],
])("points that are %s are a step that can be taken back, and the page says how", async (_, go) => {
  obey();
  await setMarking(true);
  markPoint(0, 0.5, 0.5);
  await settled();
  await go();
  expect(usePageNotice.getState().text).toMatch(
    /are put away and in no file: “Mark points”, then “Take back” or Ctrl\+Z/,
  );
  expect(arePointsUnsaved()).toBe(true);
  // Also when another clip was open meanwhile, of which the steps before go.
  useSession.setState({ clip: next });
  useSession.setState({ clip: old });
  expect(arePointsUnsaved()).toBe(true);
  await setMarking(true);
  expect(takeBack()).toBe("can");
  press("z");
  expect([marked().xs, arePointsUnsaved()]).toEqual([[160], true]);
  // Put away once more by the key that does it again.
  press("y");
  expect(arePointsUnsaved()).toBe(true);
  // What is saved after that is meant to be all.
  keepSaved();
  expect(arePointsUnsaved()).toBe(false);
});

test("a file that is dropped while a clip opens is not replaced by what was marked on it before", async () => {
  obey();
  await setMarking(true);
  markPoint(0, 0.5, 0.5);
  await settled();
  useSession.setState({ clip: next });
  answers.set("truth", () => new Promise((resolve) => (reply = resolve)));
  const bringing = bringTruth(new File([], "tracks.csv"));
  useSession.setState({ clip: old });
  reply({ clip: "aaaa", name: "tracks.csv", tracks, hasTruth: true });
  await bringing;
  expect(asked.at(-1)).toMatchObject({ source: { kind: "file" } });
  expect(useTruth.getState()).toMatchObject({ name: "tracks.csv", tracks });
});

test("points are taken back by a button as well, and by a key that the figure names", async () => {
  obey();
  expect(takeBack()).toBeUndefined();
  await setMarking(true);
  expect(takeBack()).toBe("waits");
  markPoint(0, 0.5, 0.5);
  expect(takeBack()).toBe("can");
  expect(MARK_LABEL).toMatch(/Ctrl\+Z takes the last point back/);
});

test("points that are in a file are not asked about: read from it and taken back to, or saved, and nothing taken away", async () => {
  obey();
  await bringTruth(new File([], "tracks.csv"));
  await setMarking(true);
  markPoint(0, 0.5, 0.5);
  expect(arePointsUnsaved()).toBe(true);
  press("z");
  expect(arePointsUnsaved()).toBe(false);

  // The new track has no point in the frame.
  erasePoint(0);
  press("y");
  expect(marked().xs).toHaveLength(2);
  keepSaved();
  activateTrack(1);
  useSession.setState({ encoded: { ...encoded, frames: [{ ...encoded.frames[0], index: 1 }] } });
  press("z");
  erasePoint(0);
  expect(arePointsUnsaved()).toBe(false);
  press("y");
  erasePoint(0);
  expect([arePointsUnsaved(), marked().xs?.length]).toEqual([false, 2]);
});

test("of a clip that is left its points are kept, and not the steps that led there", async () => {
  obey();
  await setMarking(true);
  for (const u of [0.25, 0.5, 0.75]) markPoint(0, u, 0.5);
  await settled();
  const steps = () => {
    const { earlier, later, now } = useTruth.getState().marks.get("aaaa") ?? {};
    return [earlier?.length, later?.length, now?.tracks.names.length];
  };
  press("z");
  expect(steps()).toEqual([2, 1, 1]);
  useSession.setState({ clip: next });
  expect(steps()).toEqual([0, 0, 1]);
});
