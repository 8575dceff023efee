// What Explore wants, by settings and session.
import { beforeEach, expect, test, vi } from "vitest";
import { mostFound } from "../../../src/state/explore/start.ts";
import { awaitedFile, isCurrent, wanted } from "../../../src/state/explore/wanted.ts";
import { type Session, useSession } from "../../../src/state/session.ts";
import { DEFAULTS, type Settings } from "../../../src/state/settings.ts";
import type { ClipInfo, Correspondence, Encoded } from "../../../src/worker/protocol.ts";

beforeEach(() => {
  vi.stubGlobal("document", { baseURI: "https://page/" });
});

const CLIP = { contentHash: "aaaa", name: "Cat", durationS: 2 } as ClipInfo;
const CAT = {
  ...{ id: "chelsea", title: "Cat", file: "cat.mp4", truth: null, query: [0.5, 0.5] },
  features: [{ encoder: "xfeat", token: 16, frames: 8, file: "cat.safetensors" }],
} as unknown as Session["catalog"][number];
const DISCS = { ...CAT, id: "discs", truth: "discs.json" };

const none = useSession.getInitialState();
const catalog = [CAT, DISCS];
const open: Session = { ...none, catalog, clip: CLIP, opened: "chelsea" };
const made = { encoder: "xfeat", token: 16, window: { startS: 0, lengthS: 2, frames: 8 } } as const;
const encoded = { ...made, grid: { F: 8, H: 14, W: 20 }, hasTruth: false } as Encoded;

/** The features that the default settings ask for are there. */
const ready: Session = { ...open, encoded, encodedFor: { type: "encode", ...made, shippedUrl: null } };

/** The parts that are wanted. */
const parts = (settings: Partial<Settings>, session: Session) =>
  Object.entries(wanted({ ...DEFAULTS, ...settings }, session))
    .filter(([, want]) => want)
    .map(([part]) => part);

test("first the list of clips, then the clip, then its features, then the figure, then what can wait", () => {
  expect(parts({}, none)).toEqual(["catalog"]);
  expect(parts({}, { ...none, catalog })).toEqual(["open"]);
  expect(parts({}, open)).toEqual(["encode"]);
  const shown = ready;
  expect(parts({}, shown)).toEqual(["encode", "query"]);
  const drawn = { ...shown, correspondence: {} as Correspondence };
  expect(parts({}, drawn)).toEqual(["encode", "query", "returns", "mask", "thumbnails", "survey"]);
  expect(parts({}, { ...drawn, encoded: { ...encoded, hasTruth: true } })).toContain("agreement");
  expect(parts({ showCurve: true }, drawn)).toContain("tauCurve");
  expect(parts({ showFlow: true }, drawn)).toContain("flow");
  // Nobody sees them there.
  for (const view of ["compare", "train"] as const)
    expect(parts({ view, showCurve: true, showFlow: true }, drawn)).toEqual([
      "encode",
      "query",
      "mask",
      "thumbnails",
      "survey",
    ]);
});

test("a clip of the sandbox needs no list of clips", () => {
  const { open: clip } = wanted({ ...DEFAULTS, clip: "sandbox:7:a ball" }, none);
  expect(clip?.request.source).toEqual({ kind: "sandbox", prompt: "a ball", seed: 7 });
});

test("while another clip is to be opened nothing is asked of the one that is open", () => {
  expect(parts({ clip: "discs" }, ready)).toEqual(["open"]);
  expect(wanted({ ...DEFAULTS, clip: "discs" }, open).open?.request).toEqual({
    type: "open",
    id: "discs",
    source: {
      kind: "builtin",
      id: "discs",
      name: "Cat",
      url: "https://page/clips/cat.mp4",
      truthUrl: "https://page/clips/discs.json",
    },
  });
});

test("features that ship with the clip are taken for its whole length at the settings they were made with", () => {
  const shipped = (settings: Partial<Settings>) =>
    wanted({ ...DEFAULTS, ...settings }, open).encode?.request.shippedUrl ?? null;
  expect(shipped({})).toBe("https://page/clips/cat.safetensors");
  for (const change of [{ frames: 9 }, { token: 8 }, { lengthS: 1 }, { startS: 0.5 }, { encoder: "videomae" }] as const)
    expect(shipped(change)).toBeNull();
});

test("a query or a temperature asks for a query only, and the mask is ρ's", () => {
  const drawn = { ...ready, correspondence: {} as Correspondence };
  const before = wanted(DEFAULTS, drawn);
  const differs = (settings: Partial<Settings>) => {
    const after = wanted({ ...DEFAULTS, ...settings }, drawn);
    return (["encode", "query", "mask"] as const).filter(
      (part) => JSON.stringify(after[part]?.request) !== JSON.stringify(before[part]?.request),
    );
  };
  expect(differs({ queries: [[0, 1, 1]] })).toEqual(["query"]);
  expect(differs({ tau: 0.5 })).toEqual(["query"]);
  expect(differs({ rho: 0.5 })).toEqual(["mask"]);
  expect(differs({ startS: 1 })).toEqual(["encode"]);
  expect(differs({ showMask: true, view: "train", scale: "per-row" })).toEqual([]);
});

test("queries of another grid than that of the features wait for theirs", () => {
  for (const change of [{ token: 8, queries: [[0, 20, 30]] }, { frames: 9 }, { encoder: "raw-patches" }] as const)
    expect(parts(change, ready)).toEqual(["encode"]);
});

test("a clip of fewer frames than the settings ask for is queried all the same", () => {
  const short = { ...encoded, window: { ...made.window, frames: 6 } };
  expect(parts({}, { ...ready, encoded: short })).toEqual(["encode", "query"]);
});

test("a file that the user gives comes before the clip of the settings, and opens again in the same visit", () => {
  const file = new File([], "mine.mp4");
  const mine = { ...DEFAULTS, clip: "file:bbbb", fileName: "mine.mp4" };
  expect(wanted(DEFAULTS, { ...open, incoming: file }).open).toMatchObject({ request: { id: null }, of: file });
  expect(wanted(mine, open).open).toBeUndefined();
  expect(awaitedFile(mine, open)).toBe("mine.mp4");
  expect(awaitedFile(mine, { ...open, incoming: file })).toBeNull();
  const seen = { ...open, files: new Map([["file:bbbb", file]]) };
  expect(wanted(mine, seen).open?.request.source).toEqual({ kind: "file", file });
  expect(awaitedFile(mine, seen)).toBeNull();
  expect(awaitedFile(DEFAULTS, open)).toBeNull();
});

test("of a clip that was given just now nothing is encoded before it was looked over, and a long one is surveyed where its window is", () => {
  expect(parts({}, { ...open, fresh: true })).toEqual(["survey"]);
  expect(wanted(DEFAULTS, { ...open, fresh: true }).survey?.request).toMatchObject({ fromS: 0, start: true });
  const long = { ...CLIP, durationS: 600, width: 1920, height: 1080, framesPerSecond: 25 };
  const drawn = { ...ready, clip: long, correspondence: {} as Correspondence };
  const from = (startS: number) => wanted({ ...DEFAULTS, startS, lengthS: 2 }, drawn).survey?.request;
  expect(from(0)).toMatchObject({ fromS: 0, start: false });
  const late = from(300)?.fromS ?? 0;
  expect(late).toBeGreaterThan(290);
  expect(late).toBeLessThan(300);
  expect(from(300.1)?.fromS).toBe(late);
});

test("before the first query of such a clip is asked, several are, and the one that is found again most often is it", () => {
  const undecided = [
    [0, 1, 2],
    [0, 3, 19],
  ] as const;
  const undrawn = { ...ready, undecided };
  expect(parts({}, undrawn)).toEqual(["encode", "returns"]);
  expect(wanted(DEFAULTS, undrawn).returns).toEqual({ request: { type: "returns", queries: undecided }, of: encoded });
  const W = 20;
  // Two frames each: the first leads to itself and three tokens off, the second to itself and one token off.
  const positions = Uint32Array.of(22, 25, 79, 3 * W + 18);
  expect(mostFound({ queries: undecided, positions }, W)).toEqual([0, 3, 19]);
  expect(mostFound({ queries: undecided, positions: Uint32Array.of(22, 22, 79, 79) }, W)).toEqual([0, 1, 2]);
});

test("the window is as long as the frames take that are counted off in it", () => {
  const clip = { ...CLIP, framesPerSecond: 25 };
  const window = (settings: Partial<Settings>) =>
    wanted({ ...DEFAULTS, ...settings }, { ...open, clip }).encode?.request.window;
  expect(window({ stride: 3, startS: 0.4 })).toEqual({ startS: 0.4, lengthS: 0.96, frames: 8, stride: 3 });
  expect(window({ lengthS: 1 })).toEqual({ startS: 0, lengthS: 1, frames: 8 });
});

test("features are current when they are what the settings name", () => {
  const request = wanted(DEFAULTS, open).encode?.request ?? null;
  const shown = { ...open, encoded, encodedFor: request };
  expect(isCurrent(DEFAULTS, shown)).toBe(true);
  expect(isCurrent({ ...DEFAULTS, token: 8 }, shown)).toBe(false);
  expect(isCurrent({ ...DEFAULTS, clip: "discs" }, shown)).toBe(false);
  expect(isCurrent(DEFAULTS, { ...open, encodedFor: null })).toBe(false);
});
