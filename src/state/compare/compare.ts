/**
 * What Compare does: while it is on screen it keeps a comparison of the clip, its query, its losses and the sweep over temperature
 * as the settings want them (`wanted.ts` says what that is), and nothing more.
 */
import {
  type ClipInfo,
  type Compared,
  type CompareRequest,
  inNoise,
  isTrainedId,
  type LayerPoint,
  type SweepPoint,
  type TokenRef,
} from "../../worker/protocol.ts";
import { onComputeEvent, request, tryRequest } from "../compute.ts";
import { shownQueries } from "../explore/queries.ts";
import { failureOf } from "../failure.ts";
import { followed } from "../focus.ts";
import { broughtMask } from "../mask/brought.ts";
import { Reconciler } from "../reconcile.ts";
import { setSession, useSession } from "../session.ts";
import { type Settings, setSettings, useSettings } from "../settings.ts";
import { type Comparison, useComparison } from "./store.ts";
import { type ComparedParts, compareRequest, queryOn, toGrid, wanted, withoutNoise } from "./wanted.ts";

const compare = new Reconciler<ComparedParts>(
  () => wanted(useSettings.getState(), useSession.getState(), useComparison.getState()),
  {
    compare: async ({ request: asked, of }) => {
      const compared = await tryRequest(asked);
      if (compared) take(compared, asked, of);
      return compared;
    },
    query: async ({ request: asked, of }) => {
      const query = await tryRequest(asked);
      const { latest, shown } = useComparison.getState();
      if (!query || latest?.compared !== of) return query;
      if (shown && shown.compared !== latest.compared) closeImages(shown.compared);
      useComparison.setState({ shown: { compared: latest.compared, query } });
      return query;
    },
    losses: async ({ request: asked, of }) => {
      const losses = await tryRequest(asked);
      if (losses && useComparison.getState().latest?.compared === of) useComparison.setState({ losses });
      return losses;
    },
    sweep: ({ request: asked }) => {
      useComparison.setState({ sweep: [] });
      return tryRequest(asked);
    },
  },
  (error, { of }) => {
    // Of a clip or a comparison that is gone neither answer nor failure is anybody's.
    const { latest } = useComparison.getState();
    const { clip } = useSession.getState();
    if (of !== clip && of !== latest?.compared) return;
    // The worker lets go of the comparison before when it makes the next one.
    if (of === clip) loseLatest();
    setSession({ failure: failureOf(error), progress: null });
  },
);

/** Starts to follow the settings. Called once, when the page loads. */
export function startCompare(): void {
  onComputeEvent((event) => {
    if (event.type === "sweep-point") takeSweepPoint(event);
    else if (event.type === "layer-point") takeLayerPoint(event);
    else if ("forgotten" in event && event.forgotten.includes("compared")) compareAgain();
  });
  const follow = () => compare.run();
  useSettings.subscribe(follow);
  useSession.subscribe((now, before) => {
    if (now.clip !== before.clip) leaveClip();
    follow();
  });
  useComparison.subscribe(follow);
}

/** Of the clip before nothing is shown, or saved, under the name of the next. */
function leaveClip(): void {
  loseLatest();
  const { shown } = useComparison.getState();
  if (shown) closeImages(shown.compared);
  useComparison.setState({ shown: null, losses: null, sweep: [] });
}

/** The worker holds the comparison no more: what is on screen stays, and is asked for anew. */
function compareAgain(): void {
  compare.lose("compare");
  loseLatest();
  compare.retry();
}

/** What is on screen stays; it answers no more. */
function loseLatest(): void {
  const { latest, shown } = useComparison.getState();
  if (latest && latest.compared !== shown?.compared) closeImages(latest.compared);
  useComparison.setState({ latest: null });
}

/** Everything that the blocks of the diffusion student depend on, beside τ and ρ. */
export function layersKey(settings: Settings): string {
  const { clip } = useSession.getState();
  return clip ? keyOf(compareRequest(settings, clip), clip, settings) : "";
}

/** The same of the comparison that the worker holds: another one while the next is under way, "" for none. */
export function heldKey(settings: Settings, { latest }: Pick<Comparison, "latest">): string {
  return latest ? keyOf(latest.request, latest.clip, settings) : "";
}

function keyOf({ window, teacher, student }: CompareRequest, clip: ClipInfo, settings: Settings): string {
  const { encoder } = student;
  const anyBlock = {
    ...student,
    encoder: isTrainedId(encoder) ? inNoise(encoder, { block: 1 }) : encoder,
    ...("noising" in student && { noising: { ...student.noising, block: 1 } }),
  };
  return `${clip.contentHash} ${JSON.stringify([window, teacher, anyBlock, broughtMask(settings)])}`;
}

function take(compared: Compared, asked: CompareRequest, of: object | null): void {
  const { clip } = useSession.getState();
  // Of a clip that is gone.
  if (!clip || clip !== of) {
    closeImages(compared);
    return;
  }
  setSession({ progress: null });
  const { latest, shown, fine, layers } = useComparison.getState();
  if (latest && latest.compared !== shown?.compared) closeImages(latest.compared);
  // Of one that knows nothing the student's clip is all the same.
  const sameTask = latest?.clip === clip && JSON.stringify(guessed(latest.request)) === JSON.stringify(guessed(asked));
  const sameGrid = JSON.stringify(latest?.compared.grid) === JSON.stringify(compared.grid);
  useComparison.setState({
    latest: { compared, clip, request: asked },
    losses: null,
    ...(sameTask ? {} : { chance: null }),
    sweep: [],
    fine: sameGrid ? fine : null,
    layers: layers?.key === layersKey(useSettings.getState()) ? layers : null,
  });
}

/** What the losses of a student that knows nothing depend on, beside the clip. */
const guessed = ({ window, teacher, student: { encoder, token } }: CompareRequest) => [
  window,
  teacher,
  withoutNoise(encoder),
  token,
];

function closeImages({ images, studentImages }: Compared): void {
  for (const image of [...images, ...studentImages]) image.close();
}

function takeSweepPoint(point: SweepPoint): void {
  // A sweep that is being replaced may still speak, and one that a lost device interrupted starts over.
  const { losses, sweep } = useComparison.getState();
  if (losses?.rho !== point.rho || losses.brought !== point.brought) return;
  const others = sweep.filter(({ tau }) => tau !== point.tau);
  useComparison.setState({ sweep: [...others, point].sort((a, b) => a.tau - b.tau) });
}

function takeLayerPoint(point: LayerPoint): void {
  const { layers } = useComparison.getState();
  if (!layers?.running || !(["tau", "rho", "brought"] as const).every((key) => layers[key] === point[key])) return;
  const others = layers.points.filter((other) => other.of !== point.of);
  useComparison.setState({ layers: { ...layers, points: [...others, point] } });
}

/** Measures all blocks of the diffusion student in the comparison that the worker holds, where it is what the settings ask for. */
export async function measureLayers(): Promise<void> {
  const settings = useSettings.getState();
  const { tau, rho } = settings;
  const own = broughtMask(settings);
  const key = layersKey(settings);
  if (heldKey(settings, useComparison.getState()) !== key) return;
  useComparison.setState({ layers: { key, tau, rho, brought: own.brought ?? null, points: [], running: true } });
  const done = await request({ type: "compare-layers", tau, rho, ...own });
  setSession({ progress: null });
  const { layers } = useComparison.getState();
  if (layers?.key !== key || layers.tau !== tau || layers.rho !== rho) return;
  // Failed or replaced: the user may ask again.
  useComparison.setState({ layers: done === undefined ? null : { ...layers, running: false } });
}

/** What the losses on show would be of a student that knows nothing. */
export async function measureChance(): Promise<void> {
  const { latest, losses } = useComparison.getState();
  if (!latest || !losses) return;
  const { tau, rho, margin, brought } = losses;
  const chance = await request({ type: "compare-chance", tau, rho, margin, ...(brought && { brought }) });
  if (chance && useComparison.getState().latest === latest) useComparison.setState({ chance });
}

/** Where the query of the settings is on the grid of the latest comparison. */
export function compareQuery(): TokenRef | undefined {
  const { latest, fine } = useComparison.getState();
  return latest ? queryOn(latest.compared.grid, useSettings.getState(), useSession.getState(), fine) : undefined;
}

/** Moves the query, on Compare's grid; Explore's follows. */
export function moveCompareQuery(to: TokenRef): void {
  const session = useSession.getState();
  const { latest } = useComparison.getState();
  if (!latest || !session.encoded) return;
  useComparison.setState({ fine: to });
  const settings = useSettings.getState();
  const queries = shownQueries(session, settings);
  const active = Math.min(settings.active, queries.length - 1);
  const coarse = toGrid(to, latest.compared.grid, session.encoded.grid);
  const moved = queries.map((query, i) => (i === active ? coarse : query));
  setSettings({ queries: moved, ...followed(queries[active], coarse) });
}
