/**
 * What Compare does: while it is on screen it keeps a comparison of the clip up to date, asks for the query, the losses and the
 * sweep over temperature as the settings make them necessary, and nothing more.
 */
import { create } from "zustand";
import type { Compared, CompareLosses, CompareQuery, SweepPoint, TokenRef } from "../worker/protocol.ts";
import { onComputeEvent, request } from "./compute.ts";
import { shownQueries } from "./explore.ts";
import { setSession, useSession } from "./session.ts";
import { type Settings, setSettings, useSettings } from "./settings.ts";

export interface Comparison {
  readonly compared: Compared | null;
  readonly query: CompareQuery | null;
  readonly losses: CompareLosses | null;
  readonly sweep: readonly SweepPoint[];
  /** The query on Compare's own grid, which may be finer than Explore's. */
  readonly fine: TokenRef | null;
}

const EMPTY: Comparison = { compared: null, query: null, losses: null, sweep: [], fine: null };

export const useComparison = create<Comparison>(() => EMPTY);

/** The temperatures of the plot: those of the paper's ablation, and colder ones for features that crowd. */
export const SWEEP_TAUS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];

/** What the comparison on screen, or under way, is of. */
let comparedKey = "";
let sweptKey = "";

/** Starts to follow the settings. Called once, when the page loads. */
export function startCompare(): void {
  onComputeEvent((event) => {
    // A sweep that is being replaced may still speak, and one that a lost device interrupted starts over.
    if (event.type !== "sweep-point" || event.rho !== useSettings.getState().rho) return;
    const others = useComparison.getState().sweep.filter(({ tau }) => tau !== event.tau);
    useComparison.setState({ sweep: [...others, event].sort((a, b) => a.tau - b.tau) });
  });
  useSettings.subscribe((now, before) => {
    if (now.view !== "compare") return;
    void follow(now, before);
  });
  // A clip that was just encoded for Explore has its grid and queries by now.
  useSession.subscribe((now, before) => {
    const { view } = useSettings.getState();
    if (view === "compare" && now.encoded !== before.encoded && now.encoded) void compare();
  });
}

async function follow(now: Settings, before: Settings): Promise<void> {
  if (keyOf(now) !== comparedKey) await compare();
  else {
    const changed = (...names: (keyof Settings)[]) => names.some((name) => now[name] !== before[name]);
    if (changed("queries", "active", "tau", "view")) void queryNow();
    if (changed("tau", "rho", "margin", "view")) void lossesNow();
  }
}

/** Everything that a comparison depends on. */
function keyOf(settings: Settings): string {
  const { clip } = useSession.getState();
  const { startS, lengthS, frames, encoder, token, studentEncoder, studentToken, degradation } = settings;
  const parts = [clip?.contentHash, startS, lengthS, frames, encoder, token, studentEncoder, studentToken, degradation];
  return parts.join(" ");
}

async function compare(): Promise<void> {
  const settings = useSettings.getState();
  const { clip, encoded } = useSession.getState();
  const key = keyOf(settings);
  if (!clip || !encoded || key === comparedKey) return;
  comparedKey = key;
  const { startS, lengthS, frames, encoder, token, studentEncoder, studentToken, degradation } = settings;
  const compared = await request({
    type: "compare",
    window: { startS, lengthS: lengthS || clip.durationS, frames },
    teacher: { encoder, token, degradation: "none" },
    student: { encoder: studentEncoder, token: studentToken, degradation },
  });
  if (!compared) {
    // Failed or replaced: the next change may try again.
    if (comparedKey === key) comparedKey = "";
    return;
  }
  const old = useComparison.getState().compared;
  for (const image of [...(old?.images ?? []), ...(old?.studentImages ?? [])]) image.close();
  useComparison.setState({ ...EMPTY, compared });
  setSession({ progress: null });
  await queryNow();
  await lossesNow();
}

/** The query on Compare's grid: the one set there, while Explore's is still the same patch; else the middle of Explore's patch. */
export function compareQuery(): TokenRef | undefined {
  const session = useSession.getState();
  const { compared, fine } = useComparison.getState();
  const settings = useSettings.getState();
  const queries = shownQueries(session, settings);
  const coarse = queries[Math.min(settings.active, queries.length - 1)];
  if (!compared || !session.encoded || !coarse) return undefined;
  const { H, W } = compared.grid;
  const grid = session.encoded.grid;
  if (fine && toGrid(fine, { H, W }, grid).every((value, i) => value === coarse[i])) return fine;
  return toGrid(coarse, grid, { H, W });
}

/** Moves the query, on Compare's grid; Explore's follows. */
export function moveCompareQuery(to: TokenRef): void {
  const session = useSession.getState();
  const { compared } = useComparison.getState();
  if (!compared || !session.encoded) return;
  useComparison.setState({ fine: to });
  const settings = useSettings.getState();
  const queries = shownQueries(session, settings);
  const active = Math.min(settings.active, queries.length - 1);
  const coarse = toGrid(to, compared.grid, session.encoded.grid);
  // A new array also where the patch stays the same: the finer token did not.
  setSettings({ queries: queries.map((query, i) => (i === active ? coarse : query)) });
}

/** The token of another grid under a token's centre. */
function toGrid([f, row, col]: TokenRef, from: { H: number; W: number }, to: { H: number; W: number }): TokenRef {
  return [f, Math.floor(((row + 0.5) * to.H) / from.H), Math.floor(((col + 0.5) * to.W) / from.W)];
}

async function queryNow(): Promise<void> {
  const query = compareQuery();
  if (!query) return;
  const reply = await request({ type: "compare-query", query, tau: useSettings.getState().tau });
  if (reply) useComparison.setState({ query: reply });
}

/** Whether losses are under way, and whether the settings moved meanwhile. */
let asking = false;
let moved = false;

/**
 * One request at a time, the newest settings after it: a newer request would abort the running one, and on a slow adapter a
 * slider that is dragged would show nothing until it rests.
 */
async function lossesNow(): Promise<void> {
  moved = true;
  if (asking) return;
  asking = true;
  while (moved) {
    moved = false;
    await askLosses();
  }
  asking = false;
}

async function askLosses(): Promise<void> {
  if (!useComparison.getState().compared) return;
  const { tau, rho, margin } = useSettings.getState();
  const losses = await request({ type: "compare-losses", tau, rho, margin });
  if (!losses) return;
  useComparison.setState({ losses });
  const key = `${comparedKey} ${rho}`;
  if (key === sweptKey) return;
  sweptKey = key;
  useComparison.setState({ sweep: [] });
  void request({ type: "compare-sweep", taus: SWEEP_TAUS, rho }).then((swept) => {
    if (swept === undefined && sweptKey === key) sweptKey = "";
  });
}
