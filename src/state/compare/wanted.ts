import {
  type ClipInfo,
  type CompareLosses,
  type CompareLossesRequest,
  type CompareQueryRequest,
  type CompareRequest,
  type CompareSweepRequest,
  type Grid,
  isTrainedId,
  type StudentId,
  type StudentSpec,
  type TokenRef,
  trainedSide,
} from "../../worker/protocol.ts";
import { shownQueries } from "../explore/queries.ts";
import { isReady } from "../explore/wanted.ts";
import { broughtMask } from "../mask/brought.ts";
import type { Wants } from "../reconcile.ts";
import { windowOf } from "../sampling.ts";
import type { Session } from "../session.ts";
import type { Settings } from "../settings.ts";
import type { Comparison } from "./store.ts";

/** The temperatures of the plot: those of the paper's ablation, and colder ones for features that crowd. */
export const SWEEP_TAUS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];

/** The parts of Compare, each of the comparison. */
export interface ComparedParts {
  readonly compare: CompareRequest;
  readonly query: CompareQueryRequest;
  readonly losses: CompareLossesRequest;
  readonly sweep: CompareSweepRequest;
}

/**
 * What Compare wants to be there while it is on screen; it builds on a clip that Explore has encoded, with
 * its grid and queries, but encodes both sides by itself.
 */
export function wanted(settings: Settings, session: Session, comparison: Comparison): Wants<ComparedParts> {
  const { clip } = session;
  if (settings.view !== "compare" || !clip || !isReady(settings, session)) return {};
  const request = compareRequest(settings, clip);
  const turn = beforeNoise(request);
  const { latest, shown, losses, fine } = comparison;
  if (latest?.clip !== clip) return { compare: { request, of: clip, turn } };
  const { compared } = latest;
  const isShown = shown?.compared === compared;
  const { tau, rho, margin } = settings;
  const own = broughtMask(settings);
  const query = queryOn(compared.grid, settings, session, fine);
  return {
    // Of those that take turns each is shown before the next is asked for, which would stop its query.
    ...((isShown || beforeNoise(latest.request) !== turn) && { compare: { request, of: clip, turn } }),
    ...(query && { query: { request: { type: "compare-query", query, tau }, of: compared } }),
    ...(isShown &&
      JSON.stringify(latest.request) === JSON.stringify(request) && {
        // One at a time: on a slow adapter a newer request would abort the running one again and again.
        losses: { request: { type: "compare-losses", tau, rho, margin, ...own }, of: compared, turn: "losses" },
        ...(losses && {
          sweep: { request: { type: "compare-sweep", taus: SWEEP_TAUS, ...ofLosses(losses) }, of: compared },
        }),
      }),
  };
}

/** The sweep is of the same queries as the losses above it. */
const ofLosses = ({ rho, brought }: CompareLosses) => (brought ? { rho, brought } : { rho });

/** The comparison that the settings ask for. */
export function compareRequest(settings: Settings, clip: ClipInfo): CompareRequest {
  const { encoder, token } = settings;
  return {
    type: "compare",
    window: windowOf(settings, clip),
    teacher: { encoder, token, degradation: "none" },
    student: studentOf(settings),
  };
}

function studentOf(settings: Settings): StudentSpec {
  const { studentEncoder: encoder, studentToken: token, degradation, noiseT: t, block, given, noiseSeed } = settings;
  if (encoder !== "cogvideox") return { encoder, token, degradation };
  return { encoder, token, degradation, noising: { t, block, given, seed: noiseSeed } };
}

/** Comparisons that differ only in what the diffusion student is shown, and where it is read, take turns. */
const beforeNoise = ({ window, teacher, student }: CompareRequest): string =>
  JSON.stringify([
    window,
    { ...teacher, encoder: withoutNoise(teacher.encoder) },
    { ...student, encoder: withoutNoise(student.encoder), noising: null },
  ]);

/** Which encoder it is, in whatever noise. */
export const withoutNoise = (encoder: StudentId): string =>
  isTrainedId(encoder) ? trainedSide(encoder).hash : encoder;

type Plane = Pick<Grid, "F" | "H" | "W">;

/** The query on Compare's grid: the one set there, while Explore's is still the same patch; else the middle of Explore's patch. */
export function queryOn(
  grid: Plane,
  settings: Settings,
  session: Session,
  fine: TokenRef | null,
): TokenRef | undefined {
  const queries = shownQueries(session, settings);
  const coarse = queries[Math.min(settings.active, queries.length - 1)];
  if (!session.encoded || !coarse) return undefined;
  if (fine && toGrid(fine, grid, session.encoded.grid).every((value, i) => value === coarse[i])) return fine;
  return toGrid(coarse, session.encoded.grid, grid);
}

/** The token of another grid under a token's centre. */
export function toGrid([f, row, col]: TokenRef, from: Plane, to: Plane): TokenRef {
  return [f, Math.floor(((row + 0.5) * to.H) / from.H), Math.floor(((col + 0.5) * to.W) / from.W)];
}
