/**
 * What Explore does: keeps the clip, its features and its correspondences as the settings want them (`wanted.ts` says what that is),
 * and what the user can do to clips. Compute lives in the worker, drawing in ui.
 */
import {
  type ClipInfo,
  type ClipSource,
  type Features,
  fixedInput,
  isBroughtId,
  type Returns,
  type ReturnsRequest,
  type StudentId,
  type Survey,
  type WorkerEvent,
} from "../../worker/protocol.ts";
import { loadCatalog } from "../catalog.ts";
import { onComputeEvent, tryRequest } from "../compute.ts";
import { failureOf } from "../failure.ts";
import { usePainting } from "../mask/store.ts";
import { tell } from "../page_notice.ts";
import { Reconciler, retryFailed } from "../reconcile.ts";
import { withEncoder } from "../sampling.ts";
import { parseSandboxClipId, type SandboxClipId, sandboxClipId } from "../sandbox_clip.ts";
import { type Session, setSession, UNASKED, UNSEEN, useSession } from "../session.ts";
import { DEFAULTS, type Settings, setSettings, useSettings } from "../settings.ts";
import { noStep } from "../undo.ts";
import { chooseWindow, mostFound } from "./start.ts";
import { awaitedFile, type Explored, isCurrent, isOpen, type OpenWant, wanted } from "./wanted.ts";

const NOTHING_SEEN: Survey = { fromS: 0, toS: 0, cutsS: [], start: null };

const explore = new Reconciler<Explored>(
  () => wanted(useSettings.getState(), useSession.getState()),
  {
    catalog: async () => {
      const catalog = await loadCatalog();
      setSession({ catalog });
      return catalog;
    },
    open: ({ request: { id, source } }) => open(id, source),
    encode: async ({ request: asked, of }) => {
      const settings = useSettings.getState();
      const encoded = await tryRequest(asked);
      const { clip, encoded: old } = useSession.getState();
      // It was left meanwhile, and nothing else is under way.
      if (!clip) setSession({ progress: null });
      if (!encoded || !clip || of !== clip) return encoded;
      for (const image of old?.images ?? []) image.close();
      const known = { ...UNASKED, encoded, encodedFor: asked };
      setSession({ ...known, progress: null, failure: null, lastGood: { name: clip.name, settings } });
      return encoded;
    },
    query: async ({ request: asked, of }) => {
      const correspondence = await tryRequest(asked);
      const { encoded, correspondence: before } = useSession.getState();
      if (!correspondence || of !== encoded) return correspondence;
      setSession({ correspondence });
      // The commit painted the figure; the frame after it is on the screen. `npm run measure` reads the first of these marks.
      if (!before) requestAnimationFrame(() => performance.mark("heatmap"));
      return correspondence;
    },
    mask: async ({ request: asked, of }) => {
      const mask = await tryRequest(asked);
      if (mask && of === useSession.getState().encoded) setSession({ mask });
      return mask;
    },
    flow: async ({ request: asked, of }) => {
      const flow = await tryRequest(asked);
      if (flow && of === useSession.getState().encoded) setSession({ flow });
      return flow;
    },
    thumbnails: async ({ request: asked, of }) => {
      const thumbnails = await tryRequest(asked);
      const { clip, thumbnails: old } = useSession.getState();
      if (!thumbnails || of !== clip) return thumbnails;
      setSession({ thumbnails: { ...thumbnails, part: asked.part ?? null } });
      for (const image of old?.images ?? []) image.close();
      return thumbnails;
    },
    survey: async ({ request: asked, of }) => {
      if (useSession.getState().fresh)
        setSession({ progress: { stage: "surveying", done: 0, total: 1, unit: "none" } });
      const before = useSettings.getState();
      // A clip that cannot be surveyed is looked at whole; whether it can be decoded at all its frames will say.
      const survey = await tryRequest(asked).catch(() => NOTHING_SEEN);
      const session = useSession.getState();
      const { clip, fresh } = session;
      if (!survey || !clip || of !== clip) return survey;
      const now = useSettings.getState();
      // A window or a query that the user has set meanwhile stands, and so do those of a clip that was chosen meanwhile.
      const untouched =
        isOpen(now, session) &&
        now.startS === before.startS &&
        now.lengthS === before.lengthS &&
        now.queries === before.queries;
      const chosen = fresh && untouched ? chooseWindow(now, clip, survey) : null;
      // The settings first: with the session's word the clip is encoded.
      const candidates = chosen?.candidates ?? [];
      if (chosen) {
        const { startS, lengthS } = chosen;
        noStep(() => setSettings({ startS, lengthS, queries: candidates.slice(0, 1), active: 0 }));
      }
      const undecided = candidates.length > 1 ? candidates : null;
      setSession({ survey, ...(fresh && { fresh: false, chosen, undecided, progress: null }) });
      return survey;
    },
    agreement: async ({ request: asked, of }) => {
      const agreement = await tryRequest(asked);
      if (agreement && of === useSession.getState().encoded) setSession({ agreement });
      return agreement;
    },
    returns: async ({ request: asked, of }) => {
      if (useSession.getState().undecided) return decide(asked, of);
      const returns = await tryRequest(asked);
      if (returns && of === useSession.getState().encoded) setSession({ returns });
      return returns;
    },
    tauCurve: async ({ request: asked, of }) => {
      const tauCurve = await tryRequest(asked);
      if (tauCurve && of === useSession.getState().encoded) setSession({ tauCurve });
      return tauCurve;
    },
  },
  (error, { of }) => {
    const { clip, encoded, incoming } = useSession.getState();
    // Of a clip that is gone neither answer nor failure is anybody's.
    if (of !== null && of !== clip && of !== encoded && of !== incoming) return;
    setSession({ failure: failureOf(error), progress: null });
    // What could not be opened no longer stands in the way of the clip on show.
    if (incoming && of === incoming) setSession({ incoming: null, refused: incoming });
  },
);

/** Starts to follow the settings. Called once, when the page loads. */
export function startExplore(): void {
  onComputeEvent(onEvent);
  useSettings.subscribe((now, before) => {
    // Another clip than the file that is being opened.
    const chosen = now.clip !== before.clip && now.clip !== useSession.getState().opened;
    if (chosen) setSession({ incoming: null, refused: null });
    follow();
  });
  useSession.subscribe(follow);
  follow();
}

function follow(): void {
  const settings = useSettings.getState();
  const session = useSession.getState();
  const { clip } = settings;
  const { catalog } = session;
  const known = clip.startsWith("file:") || parseSandboxClipId(clip) || catalog.some(({ id }) => id === clip);
  // A link to a clip that is no more.
  if (!known && catalog.length > 0) {
    tell(
      `This page has no clip called “${clip.slice(0, 60)}”: it shows ${catalog.find(({ id }) => id === DEFAULTS.clip)?.title ?? "another"} instead.`,
    );
    openBuiltin(DEFAULTS.clip);
  } else if (session.clip && awaitedFile(settings, session)) leaveClip();
  else explore.run();
}

/** A link waits for another clip, which only the user can give: of the one before nothing is shown under its name. */
function leaveClip(): void {
  closeClip();
  explore.lose("open");
  setSession({ ...UNSEEN, clip: null, opened: null, clipUrl: null, progress: null, failure: null });
}

/** Frees what the page holds of the clip on show. */
function closeClip(): void {
  const { clipUrl, thumbnails, encoded } = useSession.getState();
  if (clipUrl?.startsWith("blob:")) URL.revokeObjectURL(clipUrl);
  for (const image of [...(thumbnails?.images ?? []), ...(encoded?.images ?? [])]) image.close();
}

export function openBuiltin(id: string): void {
  setSettings(forClip(id));
}

/** Opens the simulated clip of a sentence and a seed. */
export function openSandboxClip({ prompt, seed }: SandboxClipId): void {
  setSettings(forClip(sandboxClipId(prompt, seed)));
}

/** Opens the user's own file. It stays on this machine: the worker reads it, nothing sends it. */
export const openFile = (file: File): void => setSession({ incoming: file, refused: null });

/** Tries again what failed. */
export function retry(): void {
  const { refused } = useSession.getState();
  setSession({ failure: null });
  if (refused) openFile(refused);
  retryFailed();
}

/**
 * Loads the encoder when the user is about to need it (reaches for the sampling controls, drags a file in), so that the wait is
 * shorter. Never on a phone, where a download is the user's to start.
 */
export function warmEncoder(): void {
  if (useSession.getState().warmed || !matchMedia("(hover: hover)").matches) return;
  setSession({ warmed: true });
  tryRequest({ type: "warm", encoder: useSettings.getState().encoder }).then(
    () => setSession({ progress: null }),
    // A failure is not shown: the encode that needs the model will run into it and say so.
    () => setSession({ warmed: false }),
  );
}

const SMALLEST = { token: 16, studentToken: 16, frames: 4 } as const satisfies Partial<Settings>;

/** The smallest settings that still show something, for a machine that cannot hold more. Encoders that leave no choice of them go. */
export function shrinkSettings(): void {
  const settings = useSettings.getState();
  const leavesNone = (encoder: StudentId) => {
    const fixed = fixedInput(encoder);
    return fixed !== undefined && (fixed.frames !== null || settings.frames <= SMALLEST.frames);
  };
  setSettings({
    ...(leavesNone(settings.encoder) && withEncoder(settings, DEFAULTS.encoder)),
    ...(leavesNone(settings.studentEncoder) && { studentEncoder: DEFAULTS.studentEncoder }),
    ...SMALLEST,
  });
  retry();
}

/** Puts a failure away and goes back to what was last on screen, or to the first built-in clip. */
export function dismissFailure(): void {
  setSession({ failure: null, incoming: null, refused: null });
  const [settings, session] = [useSettings.getState(), useSession.getState()];
  if (isCurrent(settings, session)) return;
  if (session.lastGood) setSettings({ ...session.lastGood.settings, view: settings.view });
  else {
    openBuiltin(DEFAULTS.clip);
    retry();
  }
}

/**
 * The features of an encoding that was on show, for a file. The worker has those of the last encoding only: where that is another by
 * now they are gone, and the page says so.
 * @param encodedFor what the encoding was asked for with, which stays the same where only the clip's truth is another
 */
export async function featuresOf(encodedFor: Session["encodedFor"]): Promise<Features | undefined> {
  const isThere = () => useSession.getState().encodedFor === encodedFor;
  const features = await tryRequest({ type: "features" }).catch((error: unknown) => {
    // Of a clip that was opened meanwhile nothing may be encoded yet.
    if (isThere()) throw error;
    return undefined;
  });
  if (isThere()) return features;
  tell("Those features are gone: a clip, window or encoder was chosen meanwhile. Save them once its figure is there.");
  return undefined;
}

/** What another clip has of its own, and what was painted on it in this visit. All else belongs to the user. */
function forClip(clip: string): Partial<Settings> {
  const { startS, lengthS, queries, active, frame, fileName } = DEFAULTS;
  const before = useSettings.getState();
  const { kept, files } = usePainting.getState();
  const mask = clip === before.clip ? before.mask : kept.get(clip);
  return { clip, startS, lengthS, queries, active, frame, fileName, mask: mask && files.has(mask) ? mask : "" };
}

/** @param id the clip's name in the settings; null for a file that is named by what it holds */
async function open(id: OpenWant["id"], source: ClipSource): Promise<ClipInfo | undefined> {
  setSession({ failure: null, progress: { stage: "opening", done: 0, total: 1, unit: "none" } });
  const clip = await tryRequest({ type: "open", source });
  if (!clip) return undefined;
  const { files, incoming } = useSession.getState();
  closeClip();
  const opened = id ?? `file:${clip.contentHash.slice(0, 16)}`;
  setSession({
    ...UNSEEN,
    clip,
    opened,
    clipUrl: playableUrl(source, clip),
    ...(source.kind === "file" && { files: new Map(files).set(opened, source.file) }),
  });
  if (source.kind === "file" && source.file === incoming) {
    // The clip that a link was waiting for: its queries and window are the link's.
    const linked = opened === useSettings.getState().clip;
    setSettings({ ...(!linked && forClip(opened)), fileName: incoming.name });
    setSession({ incoming: null, fresh: !linked && isFilm(clip, useSettings.getState()) });
  }
  return clip;
}

/** Whether there may be something to choose from. Pictures are few, and features that were brought are of moments of their own. */
const isFilm = ({ codec }: ClipInfo, { encoder }: Settings): boolean => codec !== "pictures" && !isBroughtId(encoder);

/** null where there is no video to play, only frames. */
function playableUrl(source: ClipSource, { codec }: ClipInfo): string | null {
  if (codec === "pictures" || source.kind === "sandbox") return null;
  return source.kind === "file" ? URL.createObjectURL(source.file) : source.url;
}

/** Which of the tokens the first query is of. Where that cannot be said, the first is as good as any. */
async function decide(asked: ReturnsRequest, of: object | null): Promise<Returns | undefined> {
  const found = await tryRequest(asked).catch(() => null);
  const session = useSession.getState();
  const { encoded, undecided } = session;
  if (found === undefined || of !== encoded || asked.queries !== undecided) return undefined;
  // The queries of a clip that was chosen meanwhile stand.
  if (found && encoded && isOpen(useSettings.getState(), session)) {
    const best = mostFound(found, encoded.grid.W);
    noStep(() => setSettings({ queries: [best] }));
  }
  setSession({ undecided: null });
  return found ?? undefined;
}

function onEvent(event: WorkerEvent): void {
  if (event.type === "progress") {
    const { stage, done, total, unit } = event;
    setSession({ progress: { stage, done, total, unit } });
  } else if (event.type === "device-lost") setSession({ recovering: true });
  else if (event.type === "device-restored") {
    setSession({ recovering: false, compute: event.info });
    if (!event.forgotten.includes("encoded")) return;
    explore.lose("encode");
    explore.retry();
  } else if (event.type === "device-gone") {
    explore.lose("encode");
    const { failure, info } = event;
    setSession({ recovering: false, failure, ...(info && { compute: info }) });
  }
}
