// The user's own truth of a clip, against a worker that answers by hand: it is of the clip that the worker took it for.
import { beforeEach, expect, test, vi } from "vitest";
import { setPaintingOn } from "../../../src/state/mask/mask.ts";
import { usePainting } from "../../../src/state/mask/store.ts";
import { useSession } from "../../../src/state/session.ts";
import { DEFAULTS, useSettings } from "../../../src/state/settings.ts";
import { useTruth } from "../../../src/state/truth/store.ts";
import { bringTruth, markPoint, removeTrack, setMarking, startTruth } from "../../../src/state/truth/truth.ts";
import type { ClipInfo, PointTracks, TruthReply } from "../../../src/worker/protocol.ts";
import { answers, asked, encodedWith, stubBrowser } from "../../support/fake_page.ts";

vi.mock("../../../src/state/compute.ts", async () => (await import("../../support/fake_page.ts")).compute);

stubBrowser();
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
