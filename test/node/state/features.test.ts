// A file of features that is dropped again, with other answers: what is on show of it follows, in whichever view.
import { beforeEach, expect, test, vi } from "vitest";
import { startCompare } from "../../../src/state/compare/compare.ts";
import { useComparison } from "../../../src/state/compare/store.ts";
import { startExplore } from "../../../src/state/explore/explore.ts";
import { bringFeatures, useBrought } from "../../../src/state/features.ts";
import { Reconciler } from "../../../src/state/reconcile.ts";
import { setSession, useSession } from "../../../src/state/session.ts";
import { DEFAULTS, type Settings, useSettings } from "../../../src/state/settings.ts";
import type { BroughtId, ClipInfo, Failure, Request } from "../../../src/worker/protocol.ts";
import { untold } from "../../support/fake_page.ts";

const { asked, brings } = vi.hoisted(() => ({ asked: [] as Request[], brings: [] as string[][] }));

vi.mock("../../../src/state/compute.ts", () => {
  const tryRequest = async (request: Request) => {
    asked.push(request);
    const { type } = request;
    if (type === "bring") return { layers: brings.at(-1), isClip: false };
    if (type === "encode") return { encoder: request.encoder, images: [], grid: GRID, frames: [] };
    if (type === "compare-query") return {};
    return type === "compare" ? { grid: GRID, images: [], studentImages: [] } : null;
  };
  const GRID = { F: 4, H: 6, W: 8 };
  return { tryRequest, request: tryRequest, onComputeEvent: () => {}, askTelling: () => tryRequest };
});

let started = false;
const HASH = "0123456789abcdef";
const layer = (n: number, grid = "4x6x8", name = "mine"): BroughtId => `features:${HASH}:${grid}:${n}:${name}`;
const OTHER: BroughtId = "features:fedcba9876543210:4x6x8:0:other";
const CLIP = { contentHash: "aaaa", name: "Cat", width: 64, height: 48, durationS: 2, framesPerSecond: 8 } as ClipInfo;
const FILE = new File([], "mine.safetensors");

const settled = () => vi.advanceTimersByTimeAsync(1000);
const typesAsked = () => asked.map(({ type }) => type);
const now = useSettings.getState;

/** Drops the file, of which the worker makes these layers. @returns what was asked for because of it */
async function dropped(...layers: readonly BroughtId[]): Promise<string[]> {
  brings.splice(0, brings.length, [...layers]);
  asked.length = 0;
  await bringFeatures(FILE);
  await settled();
  return typesAsked().slice(1);
}

async function showing(settings: Partial<Settings>): Promise<void> {
  useSettings.setState({ ...DEFAULTS, clip: "file:aaaa", ...settings });
  await settled();
}

vi.stubGlobal("document", { baseURI: "https://page/", addEventListener: () => {} });
vi.stubGlobal("requestAnimationFrame", () => 0);
vi.useFakeTimers();

/** A clip of the user's own is open, and nothing of it was asked for yet. */
beforeEach(() => {
  useBrought.setState({ layers: [], asking: null });
  useComparison.setState(useComparison.getInitialState());
  useSettings.setState({ ...DEFAULTS, clip: "file:aaaa" });
  const catalog = [{ id: DEFAULTS.clip }] as never;
  setSession({ ...useSession.getInitialState(), catalog, clip: { ...CLIP }, opened: "file:aaaa" });
  if (!started) {
    startExplore();
    startCompare();
  }
  started = true;
});

test("the same layer by other answers is encoded anew, and stays where it is", async () => {
  await showing({ encoder: layer(1) });
  const before = useSession.getState().encoded;
  expect(await dropped(layer(0), layer(1))).toContain("encode");
  expect(now().encoder).toBe(layer(1));
  expect(useSession.getState().encoded).not.toBe(before);
});

test("on another grid the layer is that grid's, and the menu has the file once", async () => {
  await showing({ encoder: layer(1), studentEncoder: layer(0), trainInput: layer(0) });
  await dropped(layer(0), layer(1));
  const wide = [layer(0, "4x4x12", "wide"), layer(1, "4x4x12", "wide")];
  expect(await dropped(...wide)).toContain("encode");
  expect(now()).toMatchObject({ encoder: wide[1], studentEncoder: wide[0], trainInput: wide[0] });
  expect(useBrought.getState().layers).toEqual(wide);
  expect(asked.filter(({ type }) => type === "encode")).toMatchObject([{ encoder: wide[1] }]);
});

test("Compare's sides follow, and what was measured of the pair before is gone", async () => {
  await showing({ view: "compare", encoder: "raw-patches", studentEncoder: layer(0) });
  expect(typesAsked()).toContain("compare");
  useComparison.setState({
    chance: {} as never,
    layers: { key: "", tau: 1, rho: 1, brought: null, points: [], running: false },
  });
  const before = useComparison.getState().latest?.compared;
  const again = await dropped(layer(0));
  expect(again).toContain("compare");
  expect(again).not.toContain("encode");
  expect(useComparison.getState()).toMatchObject({ chance: null, layers: null });
  expect(useComparison.getState().latest?.compared).not.toBe(before);
  expect(now()).toMatchObject({ encoder: "raw-patches", studentEncoder: layer(0) });
});

test("a link that waits for the file says all of its layer, the name included", async () => {
  const linked = layer(1, "4x6x8", "as it was called elsewhere");
  await showing({ encoder: linked });
  setSession({ failure: { code: "features-missing", message: "", report: "" } as Failure });
  expect(await dropped(layer(0), layer(1))).toContain("encode");
  expect(now().encoder).toBe(linked);
  expect(useSession.getState().failure).toBeNull();
});

test("a file that is on show elsewhere only is taken as any other", async () => {
  await showing({ encoder: "raw-patches", studentEncoder: layer(0) });
  await dropped(layer(0), layer(1));
  expect(now()).toMatchObject({ encoder: layer(0), studentEncoder: layer(0) });
  await showing({ view: "train", encoder: OTHER });
  await dropped(layer(1));
  expect(now()).toMatchObject({ encoder: OTHER, trainInput: layer(1) });
});

test("a checkpoint in a request of another view is not made a text of to find the file's own", async () => {
  const order = { type: "generate", trained: { bytes: untold() } };
  const never = () => new Promise(() => {});
  new Reconciler<{ make: object }>(
    () => ({ make: { request: order, of: order } }),
    { make: never },
    () => {},
  ).run();
  await showing({ encoder: layer(1) });
  expect(await dropped(layer(0), layer(1))).toContain("encode");
});
