// What Compare wants, by settings, session and comparison.
import { expect, test } from "vitest";
import { type Comparison, type Latest, useComparison } from "../../../src/state/compare/store.ts";
import { wanted } from "../../../src/state/compare/wanted.ts";
import { type Session, useSession } from "../../../src/state/session.ts";
import { DEFAULTS, type Settings } from "../../../src/state/settings.ts";
import type { ClipInfo, Compared, CompareLosses, CompareQuery, Encoded } from "../../../src/worker/protocol.ts";

const NOISED = { ...DEFAULTS, view: "compare", clip: "sandbox:7:a ball", studentEncoder: "cogvideox" } as const;
const clip = { contentHash: "aaaa", durationS: 2 } as ClipInfo;
const open = { ...useSession.getInitialState(), clip, opened: NOISED.clip };
const session: Session = { ...open, encoded: { grid: { F: 8, H: 4, W: 4 } } as Encoded };
const none = useComparison.getInitialState();
const compared = { grid: { F: 8, H: 8, W: 8 } } as Compared;

const want = (settings: Partial<Settings>, comparison: Comparison, now = session) =>
  wanted({ ...NOISED, ...settings }, now, comparison);
const parts = (...given: Parameters<typeof want>) => Object.keys(want(...given));

/** A comparison as the settings ask for it. */
function latestOf(settings: Partial<Settings>): Latest {
  const request = want(settings, none).compare?.request;
  if (!request) throw new Error("no comparison is wanted");
  return { compared, clip, request };
}

test("nothing elsewhere, or before Explore has shown the clip of the settings", () => {
  expect(parts({}, none)).toEqual(["compare"]);
  expect(parts({ view: "explore" }, none)).toEqual([]);
  expect(parts({ clip: "discs" }, none)).toEqual([]);
  expect(parts({}, none, { ...session, encoded: null })).toEqual([]);
  expect(parts({}, none, { ...session, incoming: new File([], "mine.mp4") })).toEqual([]);
  // Another window is not waited for: both sides are encoded anew anyway.
  expect(parts({ startS: 1 }, none)).toEqual(["compare"]);
});

test("then its query on its own grid, then the losses, then the sweep at their ρ", () => {
  const latest = { ...none, latest: latestOf({}) };
  expect(want({}, latest).query).toMatchObject({ request: { query: [0, 5, 5], tau: 0.02 }, of: compared });
  const shown = { ...latest, shown: { compared, query: {} as CompareQuery } };
  expect(parts({}, shown)).toEqual(["compare", "query", "losses"]);
  const measured = { ...shown, losses: { rho: 0.3 } as CompareLosses };
  expect(want({}, measured).sweep?.request.rho).toBe(0.3);
  expect(want({}, { ...latest, fine: [0, 4, 5] }).query?.request.query).toEqual([0, 4, 5]);
  expect(want({ queries: [[0, 0, 0]] }, { ...latest, fine: [0, 4, 5] }).query?.request.query).toEqual([0, 1, 1]);
});

test("comparisons that differ only in noise take turns, each shown before the next is asked for", () => {
  const unseen = { ...none, latest: latestOf({}) };
  expect(want({ noiseT: 300 }, none).compare?.turn).toBe(want({}, none).compare?.turn);
  expect(parts({ noiseT: 300, block: 2, given: true, noiseSeed: 5 }, unseen)).toEqual(["query"]);
  expect(parts({ degradation: "blur" }, unseen)).toEqual(["compare", "query"]);
  const shown = { ...unseen, shown: { compared, query: {} as CompareQuery } };
  // The one on screen goes on answering queries; its losses are nobody's.
  expect(parts({ noiseT: 300 }, shown)).toEqual(["compare", "query"]);
});

test("of a clip that is opened again all is wanted anew", () => {
  const shown = { ...none, latest: latestOf({}), shown: { compared, query: {} as CompareQuery } };
  const again = { ...session, clip: { ...clip } };
  expect(parts({}, shown, again)).toEqual(["compare"]);
  expect(want({}, shown, again).compare?.of).toBe(again.clip);
});
