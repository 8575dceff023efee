// What Compare shows and asks while clips, truths and failures come and go, against a worker that answers by hand.
import { beforeEach, expect, test, vi } from "vitest";
import { measureLayers, moveCompareQuery, startCompare } from "../../../src/state/compare/compare.ts";
import { chanceBeside, useComparison } from "../../../src/state/compare/store.ts";
import { useSession } from "../../../src/state/session.ts";
import { DEFAULTS, setSettings, useSettings } from "../../../src/state/settings.ts";
import { bringTruth } from "../../../src/state/truth/truth.ts";
import type { ClipInfo, CompareChanceReply, CompareLosses, MaskId } from "../../../src/worker/protocol.ts";
import { answers, asked, emit, encodedWith, stubBrowser } from "../../support/fake_page.ts";

vi.mock("../../../src/state/compute.ts", async () => (await import("../../support/fake_page.ts")).compute);

stubBrowser();
startCompare();

const grid = { F: 8, H: 4, W: 4 };
const clipOf = (contentHash: string) => ({ contentHash, name: contentHash, durationS: 2 }) as ClipInfo;
const image = () => ({ close: vi.fn() });
const of = (type: string) => asked.filter((request) => request.type === type);
const settled = () => new Promise((resolve) => setTimeout(resolve));
const open = (contentHash: string) =>
  useSession.setState({ clip: clipOf(contentHash), opened: DEFAULTS.clip, encoded: encodedWith({ grid }) });

let compared: { readonly images: readonly ReturnType<typeof image>[] };

beforeEach(async () => {
  useSession.setState(useSession.getInitialState());
  useSettings.setState(DEFAULTS);
  useComparison.setState(useComparison.getInitialState());
  answers.clear();
  answers.set("compare", () => {
    compared = { images: [image()] };
    return { grid, studentImages: [], ...compared };
  });
  answers.set("compare-query", ({ query }: { readonly query: unknown }) => ({ query }));
  answers.set("compare-losses", () => ({ rho: 0.2 }));
  open("aaaa");
  setSettings({ view: "compare" });
  await vi.waitFor(() => expect(useComparison.getState().losses).not.toBeNull());
  asked.length = 0;
});

test("of the clip before nothing stays on show under the name of the next", async () => {
  const { images } = compared;
  let reply: (replaced: undefined) => void = () => {};
  answers.set("compare", () => new Promise((resolve) => (reply = resolve)));
  open("bbbb");
  expect(useComparison.getState()).toMatchObject({ latest: null, shown: null, losses: null, sweep: [] });
  expect(images[0].close).toHaveBeenCalledOnce();
  await settled();
  expect(of("compare")).toHaveLength(1);
  reply(undefined);
});

test("where the next comparison does not fit, the one before is asked nothing more", async () => {
  answers.set("compare", () => Promise.reject(new Error("out of memory")));
  setSettings({ studentToken: 8 });
  await settled();
  expect(useSession.getState().failure).not.toBeNull();
  useSession.setState({ failure: null });
  asked.length = 0;
  moveCompareQuery([1, 2, 3]);
  setSettings({ tau: 0.5, queries: [[0, 1, 1]] });
  await settled();
  expect(asked).toEqual([]);
  // What is on show stays, and what it was asked for with is compared anew.
  expect(useComparison.getState().shown).not.toBeNull();
  answers.set("compare", () => ({ grid, images: [], studentImages: [] }));
  setSettings({ studentToken: 16 });
  await settled();
  expect([of("compare").length, of("compare-query").length]).toEqual([1, 1]);
});

test("a truth that is brought is asked of the query on show", async () => {
  useComparison.setState({ layers: { key: "", tau: 0.1, rho: 0.2, brought: null, points: [], running: false } });
  answers.set("truth", () => {
    // It is brought in Explore; meanwhile Compare is on screen again.
    setSettings({ view: "compare" });
    return { clip: "aaaa", name: "tracks.csv", tracks: null, hasTruth: true };
  });
  await bringTruth(new File([], "tracks.csv"));
  await settled();
  expect(of("compare-query")).toHaveLength(1);
  // Measured against the truth of before.
  expect(useComparison.getState().layers).toBeNull();
});

test("points of another mask than was asked for are left out, of the blocks and of the sweep", async () => {
  const mask: MaskId = "mask:0000000000000001:mine";
  answers.set("compare-layers", () => new Promise(() => {}));
  setSettings({ tau: 0.1, rho: 0.2, mask });
  void measureLayers();
  const point = (of: number, brought: MaskId | null) =>
    emit({ type: "layer-point", tau: 0.1, rho: 0.2, brought, of, losses: null, moved: null });
  point(1, mask);
  point(2, null);
  expect(useComparison.getState().layers?.points.map(({ of }) => of)).toEqual([1]);

  await settled();
  const sweep = (tau: number, rho: number, brought: MaskId | null) =>
    emit({ type: "sweep-point", tau, rho, brought, tsa: null, mtsa: null });
  useComparison.setState({ losses: { rho: 0.2, brought: mask } as CompareLosses, sweep: [] });
  sweep(0.1, 0.2, mask);
  sweep(0.2, 0.2, null);
  sweep(0.5, 0.3, mask);
  expect(useComparison.getState().sweep.map(({ tau }) => tau)).toEqual([0.1]);
});

test("blocks are measured in the comparison that is held, once it is what the settings ask for", async () => {
  answers.set("compare-layers", () => new Promise(() => {}));
  let reply: () => void = () => {};
  answers.set(
    "compare",
    () => new Promise((resolve) => (reply = () => resolve({ grid, images: [], studentImages: [] }))),
  );
  setSettings({ degradation: "noise" });
  await settled();
  void measureLayers();
  expect([of("compare-layers").length, useComparison.getState().layers]).toEqual([0, null]);
  reply();
  await settled();
  void measureLayers();
  expect(of("compare-layers")).toHaveLength(1);
});

test("what chance would give is of the same mask as the losses", () => {
  const measured = { tau: 0.1, rho: 0.2, margin: 0.1, brought: null };
  const chance = measured as CompareChanceReply;
  const beside = (change: Partial<CompareLosses>) =>
    chanceBeside({ chance, losses: { ...measured, ...change } as CompareLosses });
  expect(beside({})).toBe(chance);
  expect(beside({ brought: "mask:0000000000000001:painted" })).toBeNull();
  expect(beside({ rho: 0.3 })).toBeNull();
  expect(chanceBeside({ chance, losses: null })).toBeNull();
});
