/**
 * What Compare does: while it is on screen it keeps a comparison of the clip up to date, asks for the query, the losses and the
 * sweep over temperature as the settings make them necessary, and nothing more.
 */
import { create } from "zustand";
import type {
  ClipInfo,
  Compared,
  CompareLosses,
  CompareQuery,
  CompareRequest,
  LayerPoint,
  StudentSpec,
  SweepPoint,
  TokenRef,
} from "../../worker/protocol.ts";
import { onComputeEvent, request } from "../compute.ts";
import { shownQueries } from "../explore/queries.ts";
import { setSession, useSession } from "../session.ts";
import { type Settings, setSettings, useSettings } from "../settings.ts";

/** All blocks of the diffusion student on one clip in one noise. */
export interface Layers {
  /** What they are of; see `layersKey`. */
  readonly key: string;
  readonly tau: number;
  readonly rho: number;
  readonly points: readonly LayerPoint[];
  readonly running: boolean;
}

export interface Comparison {
  readonly compared: Compared | null;
  /** What is on screen: the comparison before stays until the first query of the next one is answered. */
  readonly shown: { readonly compared: Compared; readonly query: CompareQuery } | null;
  readonly losses: CompareLosses | null;
  readonly sweep: readonly SweepPoint[];
  /** null until the user asks for them. */
  readonly layers: Layers | null;
  /** The query on Compare's own grid, which may be finer than Explore's. */
  readonly fine: TokenRef | null;
}

export const useComparison = create<Comparison>(() => ({
  compared: null,
  shown: null,
  losses: null,
  sweep: [],
  layers: null,
  fine: null,
}));

/** The temperatures of the plot: those of the paper's ablation, and colder ones for features that crowd. */
export const SWEEP_TAUS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];

/** Key of the comparison on screen or in flight. */
let comparedKey = "";
/** Key of the comparison in flight, noise settings left out. */
let underway = "";
let sweptKey = "";

/** Starts to follow the settings. Called once, when the page loads. */
export function startCompare(): void {
  onComputeEvent((event) => {
    if (event.type === "sweep-point") takeSweepPoint(event);
    else if (event.type === "layer-point") takeLayerPoint(event);
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

function takeSweepPoint(point: SweepPoint): void {
  // A sweep that is being replaced may still speak, and one that a lost device interrupted starts over.
  if (point.rho !== useSettings.getState().rho) return;
  const others = useComparison.getState().sweep.filter(({ tau }) => tau !== point.tau);
  useComparison.setState({ sweep: [...others, point].sort((a, b) => a.tau - b.tau) });
}

function takeLayerPoint(point: LayerPoint): void {
  const { layers } = useComparison.getState();
  if (!layers?.running || layers.tau !== point.tau || layers.rho !== point.rho) return;
  const others = layers.points.filter((other) => other.of !== point.of);
  useComparison.setState({ layers: { ...layers, points: [...others, point] } });
}

async function follow(now: Settings, before: Settings): Promise<void> {
  if (keyOf(now) !== comparedKey) await compare();
  else {
    const changed = (...names: (keyof Settings)[]) => names.some((name) => now[name] !== before[name]);
    if (changed("queries", "active", "tau", "view")) void queryNow();
    if (changed("tau", "rho", "margin", "view")) void lossesNow();
  }
}

/** The comparison that the settings ask for. */
function wanted(settings: Settings, clip: ClipInfo): CompareRequest {
  const { startS, lengthS, frames, encoder, token } = settings;
  return {
    type: "compare",
    window: { startS, lengthS: lengthS || clip.durationS, frames },
    teacher: { encoder, token, degradation: "none" },
    student: studentOf(settings),
  };
}

function studentOf(settings: Settings): StudentSpec {
  const { studentEncoder: encoder, studentToken: token, degradation, noiseT: t, block, given, noiseSeed } = settings;
  if (encoder !== "cogvideox") return { encoder, token, degradation };
  return { encoder, token, degradation, noising: { t, block, given, seed: noiseSeed } };
}

/** Everything that a comparison depends on. */
function keyOf(settings: Settings): string {
  const { clip } = useSession.getState();
  return clip ? `${clip.contentHash} ${JSON.stringify(wanted(settings, clip))}` : "";
}

/** Everything but what the diffusion student is shown, and where it is read. */
const beforeNoise = (settings: Settings): string =>
  keyOf({ ...settings, noiseT: 0, block: 1, given: false, noiseSeed: 0 });

/** Everything that the blocks of the diffusion student depend on, beside τ and ρ. */
export const layersKey = (settings: Settings): string => keyOf({ ...settings, block: 1 });

/** A newer comparison replaces the one under way, but for its noise: a slider that is dragged must show something on its way. */
async function compare(): Promise<void> {
  const settings = useSettings.getState();
  const { clip, encoded } = useSession.getState();
  const [key, base] = [keyOf(settings), beforeNoise(settings)];
  if (!clip || !encoded || key === comparedKey || base === underway) return;
  comparedKey = key;
  underway = base;
  const compared = await request(wanted(settings, clip));
  if (underway === base) underway = "";
  if (compared) await take(compared, settings);
  // Failed or replaced: the next change may try again.
  else if (comparedKey === key) comparedKey = "";
  const now = useSettings.getState();
  if (now.view === "compare" && keyOf(now) !== key) await compare();
  else if (compared) await lossesNow();
}

/** Puts a comparison and its query on screen. */
async function take(compared: Compared, settings: Settings): Promise<void> {
  const { compared: old, shown, fine, layers } = useComparison.getState();
  if (old && old !== shown?.compared) closeImages(old);
  const sameGrid = JSON.stringify(old?.grid) === JSON.stringify(compared.grid);
  useComparison.setState({
    compared,
    losses: null,
    sweep: [],
    fine: sameGrid ? fine : null,
    layers: layers?.key === layersKey(settings) ? layers : null,
  });
  setSession({ progress: null });
  await queryNow();
}

function closeImages({ images, studentImages }: Compared): void {
  for (const image of [...images, ...studentImages]) image.close();
}

/** Measures all blocks of the diffusion student in the comparison on screen. */
export async function measureLayers(): Promise<void> {
  const settings = useSettings.getState();
  const { tau, rho } = settings;
  const key = layersKey(settings);
  useComparison.setState({ layers: { key, tau, rho, points: [], running: true } });
  const done = await request({ type: "compare-layers", tau, rho });
  setSession({ progress: null });
  const { layers } = useComparison.getState();
  if (layers?.key !== key || layers.tau !== tau || layers.rho !== rho) return;
  // Failed or replaced: the user may ask again.
  useComparison.setState({ layers: done === undefined ? null : { ...layers, running: false } });
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
  const { compared, shown } = useComparison.getState();
  if (!reply || !compared) return;
  if (shown && shown.compared !== compared) closeImages(shown.compared);
  useComparison.setState({ shown: { compared, query: reply } });
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
