import {
  type AgreementRequest,
  CLIP_LIMITS,
  type ClipInfo,
  type ClipPart,
  type ClipSource,
  type Encoded,
  type EncodeRequest,
  type FlowRequest,
  type MaskRequest,
  type OpenRequest,
  type QueryRequest,
  type ReturnsRequest,
  type SurveyRequest,
  surveyedS,
  type TauCurveRequest,
  type ThumbnailsRequest,
} from "../../worker/protocol.ts";
import { clipUrl } from "../catalog.ts";
import { broughtMask } from "../mask/brought.ts";
import type { Want, Wants } from "../reconcile.ts";
import { windowOf } from "../sampling.ts";
import { parseSandboxClipId } from "../sandbox_clip.ts";
import type { Session } from "../session.ts";
import type { Settings } from "../settings.ts";
import { builtinClip, shownQueries } from "./queries.ts";

/** The list of built-in clips is a file of the page: nothing to say. */
export interface CatalogRequest {
  readonly type: "catalog";
}

/** What an opened clip stands for, beside where it comes from: its name in the settings, or null for a file that has none yet. */
export interface OpenWant extends OpenRequest {
  readonly id: string | null;
}

/** The parts of Explore, each of what comes before it. */
export interface Explored {
  readonly catalog: CatalogRequest;
  readonly open: OpenWant;
  readonly encode: EncodeRequest;
  readonly query: QueryRequest;
  readonly mask: MaskRequest;
  readonly flow: FlowRequest;
  readonly thumbnails: ThumbnailsRequest;
  readonly survey: SurveyRequest;
  readonly agreement: AgreementRequest;
  readonly returns: ReturnsRequest;
  readonly tauCurve: TauCurveRequest;
}

/** The temperatures of the curve: closer where features of today's encoders have their best one. */
export const CURVE_TAUS: readonly number[] = [
  0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.5, 1,
];

/** What Explore wants to be there, by what the settings say and what there is. */
export function wanted(settings: Settings, session: Session): Wants<Explored> {
  const catalog = session.catalog.length === 0 ? wantOf<CatalogRequest>({ type: "catalog" }, null) : undefined;
  const open = wantedClip(settings, session);
  const { clip, encoded } = session;
  // While another clip is on its way, nothing is asked of this one.
  if (open || !clip) return { catalog, open };
  // What of it is looked at first is chosen from what is seen of it.
  if (session.fresh) return { catalog, survey: wantOf({ type: "survey", fromS: 0, start: true }, clip) };
  const encode = wantOf(encodeRequest(settings, session, clip), clip);
  if (!encoded) return { catalog, encode };
  return {
    catalog,
    encode,
    ...wantedOfQuery(settings, session, encoded),
    // The figure first, on the screen: a software adapter draws nothing while it works on what follows.
    ...(session.correspondence && {
      mask: {
        ...wantOf({ type: "mask" as const, rho: settings.rho, ...broughtMask(settings) }, encoded),
        restMs: session.mask ? 0 : 100,
      },
      ...(settings.view === "explore" && settings.showFlow && { flow: wantOf({ type: "flow" as const }, encoded) }),
      thumbnails: { ...wantOf(thumbnailsRequest(session.zoom), clip), restMs: session.thumbnails ? 250 : 0 },
      survey: { ...wantOf(surveyRequest(settings, clip), clip), restMs: 250 },
    }),
  };
}

/** Queries are tokens of the grid that the settings make: features on another one have nothing to say of them. */
function wantedOfQuery(settings: Settings, session: Session, encoded: Encoded): Wants<Explored> {
  // As it was asked for: a short clip has fewer frames than that.
  const asked = session.encodedFor;
  if (asked?.encoder !== settings.encoder || asked.token !== settings.token) return {};
  if (asked.window.frames !== settings.frames) return {};
  const { undecided } = session;
  if (undecided) return { returns: wantOf({ type: "returns" as const, queries: undecided }, encoded) };
  const queries = shownQueries(session, settings);
  // The slider's own comes last, and where it is a row already it takes that row's place.
  const taus = [...settings.rowTaus.filter((tau) => tau !== settings.tau), settings.tau];
  const query = wantOf({ type: "query" as const, queries, taus }, encoded);
  if (!session.correspondence) return { query };
  const frame = queries[0][0];
  const agreement = wantOf({ type: "agreement" as const, frame, taus: [settings.tau] }, encoded);
  const returns = wantOf({ type: "returns" as const, queries }, encoded);
  const tauCurve = wantOf({ type: "tau-curve" as const, frame, taus: CURVE_TAUS }, encoded);
  return {
    query,
    // Numbers to read, not to drag: they wait until the query and the slider rest.
    ...(settings.view === "explore" && { returns: { ...returns, restMs: 120 } }),
    ...(encoded.hasTruth && { agreement: { ...agreement, restMs: 250 } }),
    ...(settings.view === "explore" && settings.showCurve && { tauCurve: { ...tauCurve, restMs: 400 } }),
  };
}

function wantOf<R>(request: R, of: object | null): Want<R> {
  return { request, of };
}

/** Whether the open clip is the one that the settings name, and no other is on its way. */
export const isOpen = (settings: Settings, { incoming, opened }: Session): boolean =>
  incoming === null && opened === settings.clip;

/** … and has been encoded, so that other views can build on it. */
export const isReady = (settings: Settings, session: Session): boolean =>
  session.encoded !== null && isOpen(settings, session);

/** Whether what is encoded is all that the settings name. */
export function isCurrent(settings: Settings, session: Session): boolean {
  const { encode } = wanted(settings, session);
  return JSON.stringify(encode?.request) === JSON.stringify(session.encodedFor);
}

/** The file that a link waits for, as it is asked for; null where it waits for none. */
export function awaitedFile({ clip, fileName }: Settings, { opened, files, incoming }: Session): string | null {
  if (!clip.startsWith("file:") || clip === opened || incoming || files.has(clip)) return null;
  return fileName || "a clip of your own";
}

/** The clip that is to be opened; undefined where it is open, or not here. */
function wantedClip(settings: Settings, session: Session): Want<OpenWant> | undefined {
  const { incoming, opened } = session;
  if (incoming) return wantOf({ type: "open", source: { kind: "file", file: incoming }, id: null }, incoming);
  const source = settings.clip === opened ? undefined : sourceOf(settings, session);
  return source && wantOf({ type: "open", source, id: settings.clip }, null);
}

const thumbnailsRequest = (zoom: ClipPart | null): ThumbnailsRequest => ({
  type: "thumbnails",
  count: 24,
  height: 56,
  ...(zoom && { part: zoom }),
});

/** A long clip is surveyed from its start, or where the window lies beyond that in steps that hold it with room on both sides. */
function surveyRequest({ startS }: Settings, clip: ClipInfo): SurveyRequest {
  const span = surveyedS(clip);
  const half = span / 2;
  const fromS = startS + CLIP_LIMITS.maxWindowS <= span ? 0 : Math.max(0, Math.floor(startS / half) * half - half / 2);
  return { type: "survey", start: false, fromS: span >= clip.durationS ? 0 : Number(fromS.toFixed(3)) };
}

function sourceOf(settings: Settings, session: Session): ClipSource | undefined {
  const file = session.files.get(settings.clip);
  if (file) return { kind: "file", file };
  const simulated = parseSandboxClipId(settings.clip);
  if (simulated) return { kind: "sandbox", ...simulated };
  const builtin = builtinClip(session, settings);
  if (!builtin) return undefined;
  const { id, title: name, truth } = builtin;
  return { kind: "builtin", id, name, url: clipUrl(builtin.file), truthUrl: truth === null ? null : clipUrl(truth) };
}

function encodeRequest(settings: Settings, session: Session, clip: ClipInfo): EncodeRequest {
  const { encoder, token, frames, startS, lengthS, stride } = settings;
  // Features ship for a built-in clip's whole length at the default settings, so that the first heatmap needs no model.
  const shipped =
    startS === 0 && lengthS === 0 && stride === 0
      ? builtinClip(session, settings)?.features.find(
          (one) => one.encoder === encoder && one.token === token && one.frames === frames,
        )
      : undefined;
  return {
    type: "encode",
    encoder,
    token,
    window: windowOf(settings, clip),
    shippedUrl: shipped ? clipUrl(shipped.file) : null,
  };
}
