/**
 * What Explore does: follows the settings and asks the worker for whatever they make necessary. A new clip is opened, a new
 * window, encoder or token size is encoded, a new query or temperature only queries. Compute lives in the worker, drawing in ui.
 */
import type { ClipInfo, ClipSource, Replies, Request, TokenRef, WorkerEvent } from "../../worker/protocol.ts";
import { type BuiltinClip, clipUrl, loadCatalog } from "../catalog.ts";
import { onComputeEvent, request, tryRequest } from "../compute.ts";
import { pageFailure } from "../failure.ts";
import { parseSandboxClipId, type SandboxClipId, sandboxClipId } from "../sandbox_clip.ts";
import { type Session, setSession, useSession } from "../session.ts";
import { DEFAULTS, FIGURE_TAUS, type Settings, setSettings, useSettings } from "../settings.ts";

/** The source that could not be opened: what "Try again" tries. */
let unopened: ClipSource | undefined;
/** The open clip's source, and the last one that could be shown with the settings it had. */
let opened: ClipSource | undefined;
let lastGood: { readonly source: ClipSource; readonly settings: Settings } | undefined;
let warmed = false;
/** Set while settings are put back as a whole: the one who does it opens and encodes by itself. */
let restoring = false;

/** Settings whose change needs the model, a query, or the mask again. */
const ENCODES = ["encoder", "token", "startS", "lengthS", "frames"] as const;
const QUERIES = ["queries", "tau"] as const;

/** Asks the worker for its adapter, loads the catalog and opens the clip of the settings. Called once, when the page loads. */
export async function startExplore(): Promise<void> {
  onComputeEvent(onEvent);
  useSettings.subscribe(onSettings);
  const booting = request({ type: "boot", backend: "auto" });
  const cataloguing = loadClips();
  const compute = await booting;
  if (compute) setSession({ compute });
  // Without the list its panel is up, and the next attempt is the user's: one of ours would take the button away under the pointer.
  if ((await cataloguing) || !isBuiltin(useSettings.getState().clip)) await openFromSettings();
}

const isBuiltin = (clip: string) => !clip.startsWith("file:") && !parseSandboxClipId(clip);

/** Loads the list of built-in clips. @returns false where it did not come, which the failure panel then shows */
async function loadClips(): Promise<boolean> {
  try {
    setSession({ catalog: await loadCatalog() });
    return true;
  } catch (error) {
    setSession({ failure: pageFailure(error), progress: null });
    return false;
  }
}

/** The built-in clip that is open, if one is. */
export function builtinClip(session: Session, settings: Settings): BuiltinClip | undefined {
  return session.catalog.find(({ id }) => id === settings.clip);
}

/** The queries that are shown: the person's own, or the clip's default one, always inside the grid. */
export function shownQueries(session: Session, settings: Settings): readonly TokenRef[] {
  const { encoded } = session;
  if (!encoded) return [];
  const { F, H, W } = encoded.grid;
  const [x, y] = builtinClip(session, settings)?.query ?? session.clip?.query ?? [0.5, 0.5];
  const queries: readonly TokenRef[] =
    settings.queries.length > 0 ? settings.queries : [[0, Math.floor(y * H), Math.floor(x * W)]];
  const inside = (value: number, size: number) => Math.min(Math.max(value, 0), size - 1);
  return queries.map(([f, row, col]) => [inside(f, F), inside(row, H), inside(col, W)]);
}

export function openBuiltin(id: string): void {
  setSettings({ ...keptAcrossClips(), clip: id });
}

/** Opens the simulated clip of a sentence and a seed. */
export function openSandboxClip({ prompt, seed }: SandboxClipId): void {
  setSettings({ ...keptAcrossClips(), clip: sandboxClipId(prompt, seed) });
}

/** Opens the user's own file. It stays on this machine: the worker reads it, nothing sends it. */
export async function openFile(file: File): Promise<void> {
  const before = useSettings.getState();
  const info = await openSource({ kind: "file", file });
  if (!info) return;
  const clip = `file:${info.contentHash.slice(0, 16)}`;
  // The clip that a link was waiting for: its queries and window are the link's.
  const restored = clip === before.clip;
  setSession({ awaitingFile: null });
  setSettings({ ...(restored ? {} : keptAcrossClips()), clip, fileName: file.name });
  await encode();
}

/** Tries again what failed. */
export async function retry(): Promise<void> {
  setSession({ failure: null });
  if (unopened?.kind === "file") await openFile(unopened.file);
  else if (unopened || !useSession.getState().clip) await openFromSettings();
  else await encode();
}

/**
 * Loads the encoder when the user is about to need it (reaches for the sampling controls, drags a file in), so that the wait is
 * shorter. Never on a phone, where a download is the person's to start.
 */
export function warmEncoder(): void {
  if (warmed || !matchMedia("(hover: hover)").matches) return;
  warmed = true;
  tryRequest({ type: "warm", encoder: useSettings.getState().encoder }).then(
    () => setSession({ progress: null }),
    // A failure is not shown: the encode that needs the model will run into it and say so.
    () => {
      warmed = false;
    },
  );
}

/** The smallest settings that still show something, for a machine that cannot hold more. */
export function shrinkSettings(): void {
  setSession({ failure: null });
  setSettings({ token: 16, frames: 4 });
  void encode();
}

/** Puts a failure away and goes back to what was last on screen, or to the first built-in clip. */
export async function dismissFailure(): Promise<void> {
  unopened = undefined;
  setSession({ failure: null });
  if (useSession.getState().encoded) return;
  if (!lastGood) {
    // The same clip is no change that anything would follow.
    if (useSettings.getState().clip === DEFAULTS.clip) await openFromSettings();
    else openBuiltin(DEFAULTS.clip);
    return;
  }
  const { source, settings } = lastGood;
  if (!(await openSource(source))) return;
  // The subscription must not open what is open: the clip's name may be another than now.
  restoring = true;
  setSettings(settings);
  restoring = false;
  await encode();
}

/** Settings that belong to the person and not to the clip. */
function keptAcrossClips(): Partial<Settings> {
  const { startS, lengthS, queries, active, fileName } = DEFAULTS;
  return { startS, lengthS, queries, active, fileName };
}

function onSettings(now: Settings, before: Settings): void {
  if (restoring) return;
  const changed = (names: readonly (keyof Settings)[]) => names.some((name) => now[name] !== before[name]);
  if (now.clip !== before.clip) void openFromSettings();
  else if (changed(ENCODES)) void encode();
  else {
    if (changed(QUERIES)) void query();
    if (changed(["rho"])) void computeMask();
  }
}

async function openFromSettings(): Promise<void> {
  const { clip, fileName } = useSettings.getState();
  const { catalog, clip: open } = useSession.getState();
  if (clip.startsWith("file:")) {
    if (open?.contentHash.startsWith(clip.slice(5))) return;
    setSession({ awaitingFile: fileName || "a clip of your own" });
    return;
  }
  const simulated = parseSandboxClipId(clip);
  if (simulated) {
    setSession({ awaitingFile: null });
    if (await openSource({ kind: "sandbox", ...simulated })) await encode();
    return;
  }
  if (catalog.length === 0) {
    if (await loadClips()) await openFromSettings();
    return;
  }
  const builtin = catalog.find(({ id }) => id === clip);
  if (!builtin) {
    setSettings({ ...keptAcrossClips(), clip: DEFAULTS.clip });
    return;
  }
  setSession({ awaitingFile: null });
  const truthUrl = builtin.truth === null ? null : clipUrl(builtin.truth);
  const source = {
    kind: "builtin",
    id: builtin.id,
    name: builtin.title,
    url: clipUrl(builtin.file),
    truthUrl,
  } as const;
  if (await openSource(source)) await encode();
}

async function openSource(source: ClipSource) {
  setSession({ failure: null, progress: { stage: "opening", done: 0, total: 1, unit: "none" } });
  unopened = source;
  const clip = await request({ type: "open", source });
  if (!clip) return undefined;
  unopened = undefined;
  opened = source;
  const { clipUrl: oldUrl, thumbnails, encoded } = useSession.getState();
  if (oldUrl?.startsWith("blob:")) URL.revokeObjectURL(oldUrl);
  for (const image of [...(thumbnails?.images ?? []), ...(encoded?.images ?? [])]) image.close();
  setSession({
    clip,
    clipUrl: playableUrl(source, clip),
    thumbnails: null,
    encoded: null,
    correspondence: null,
    mask: null,
    agreement: null,
  });
  return clip;
}

/** null where there is no video to play, only frames. */
function playableUrl(source: ClipSource, { codec }: ClipInfo): string | null {
  if (codec === "pictures" || source.kind === "sandbox") return null;
  return source.kind === "file" ? URL.createObjectURL(source.file) : source.url;
}

async function encode(): Promise<void> {
  const settings = useSettings.getState();
  const { clip } = useSession.getState();
  if (!clip) return;
  const { encoder, token, frames, startS, lengthS } = settings;
  const reply = await request({
    type: "encode",
    encoder,
    token,
    window: { startS, lengthS: lengthS || clip.durationS, frames },
    shippedUrl: shippedUrl(settings),
  });
  if (!reply) return;
  if (opened) lastGood = { source: opened, settings };
  for (const image of useSession.getState().encoded?.images ?? []) image.close();
  setSession({
    lastGood: clip.name,
    encoded: reply,
    correspondence: null,
    mask: null,
    agreement: null,
    progress: null,
    failure: null,
  });
  await Promise.all([query(), computeMask()]);
  await computeThumbnails();
  await computeAgreement();
}

/** Features ship for a built-in clip's whole length at the default settings, so that the first heatmap needs no model. */
function shippedUrl(settings: Settings): string | null {
  const { encoder, token, frames, startS, lengthS } = settings;
  if (startS !== 0 || lengthS !== 0) return null;
  const features = builtinClip(useSession.getState(), settings)?.features ?? [];
  const file = features.find((f) => f.encoder === encoder && f.token === token && f.frames === frames)?.file;
  return file === undefined ? null : clipUrl(file);
}

/** A question about the clip on screen. Once another is open, neither its answer nor its failure is anybody's. */
async function ask<T extends "query" | "mask" | "agreement" | "thumbnails">(
  message: Extract<Request, { type: T }>,
): Promise<Replies[T] | undefined> {
  const { clip } = useSession.getState();
  const elsewhere = () => useSession.getState().clip !== clip;
  const reply = await request(message, elsewhere);
  return elsewhere() ? undefined : reply;
}

async function query(): Promise<void> {
  const settings = useSettings.getState();
  const session = useSession.getState();
  if (!session.encoded) return;
  const queries = shownQueries(session, settings);
  const correspondence = await ask({ type: "query", queries, taus: [...FIGURE_TAUS, settings.tau] });
  if (!correspondence) return;
  setSession({ correspondence });
  // The commit painted the figure; the frame after it is on the screen. `npm run measure` reads the first of these marks.
  if (!session.correspondence) requestAnimationFrame(() => performance.mark("heatmap"));
  scheduleAgreement();
}

async function computeMask(): Promise<void> {
  if (!useSession.getState().encoded) return;
  const mask = await ask({ type: "mask", rho: useSettings.getState().rho });
  if (mask) setSession({ mask });
}

let agreementTimer: ReturnType<typeof setTimeout> | undefined;

/** The share over a whole frame is a number to read, not to drag: it follows once the pointer rests. */
function scheduleAgreement(): void {
  clearTimeout(agreementTimer);
  agreementTimer = setTimeout(() => void computeAgreement(), 250);
}

async function computeAgreement(): Promise<void> {
  const session = useSession.getState();
  const settings = useSettings.getState();
  if (!session.encoded?.hasTruth) return;
  const [frame] = shownQueries(session, settings)[0];
  const { agreement } = session;
  if (agreement?.frame === frame && agreement.taus[0] === settings.tau) return;
  const reply = await ask({ type: "agreement", frame, taus: [settings.tau] });
  if (reply) setSession({ agreement: reply });
}

async function computeThumbnails(): Promise<void> {
  if (useSession.getState().thumbnails) return;
  const thumbnails = await ask({ type: "thumbnails", count: 24, height: 56 });
  if (thumbnails) setSession({ thumbnails });
}

function onEvent(event: WorkerEvent): void {
  if (event.type === "progress") {
    const { stage, done, total, unit } = event;
    setSession({ progress: { stage, done, total, unit } });
  } else if (event.type === "device-lost") setSession({ recovering: true });
  else if (event.type === "device-restored") setSession({ recovering: false, compute: event.info });
  else if (event.type === "device-gone") setSession({ recovering: false, failure: event.failure });
}
