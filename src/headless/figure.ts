import { exploreCaption } from "../figure/captions.ts";
import { cutColumns } from "../figure/cuts.ts";
import { type ExploreInput, exploreFigure } from "../figure/explore_figure.ts";
import { featuresFile, figurePng, figureSvg } from "../figure/export.ts";
import { type MaskJson, type MatchesJson, maskJson, matchesJson } from "../figure/tables.ts";
import { provenance } from "../formats/provenance.ts";
import { ComputeFailure, startCompute } from "../state/client.ts";
import { MAX_QUERIES } from "../state/settings.ts";
import type {
  Correspondence,
  Encoded,
  EncoderId,
  Match,
  Replies,
  Request,
  RequestType,
  TokenRef,
  TokenSize,
} from "../worker/protocol.ts";
import { base64 } from "./base64.ts";
import { figureShown, shellOrigin } from "./origin.ts";
import { askedWindow } from "./window.ts";

export interface FigureRequest {
  readonly encoder: EncoderId;
  readonly token: TokenSize;
  readonly frames: number;
  readonly startS: number;
  /** null: up to the clip's end, or the limit. */
  readonly lengthS: number | null;
  /** Every n-th frame of the file; null: spread evenly over the window. */
  readonly stride: number | null;
  readonly queries: readonly TokenRef[];
  readonly taus: readonly number[];
  /** Of the motion mask. */
  readonly rho: number;
  readonly scale: ExploreInput["scale"];
  /** Which files to make, base64-encoded in the answer. */
  readonly files: readonly ("png" | "svg" | "features")[];
}

export type FigureReply =
  | {
      readonly ok: true;
      readonly json: MatchesJson & { readonly provenance: object; readonly motion_mask: MaskJson };
      readonly notices: readonly string[];
      readonly files: Readonly<Record<string, string>>;
    }
  | { readonly ok: false; readonly message: string; readonly code: string };

/**
 * `npm run figure`: opens the file that the shell put into the page's file input, encodes it and answers with the matches and
 * the requested files. A failure comes back as its sentence, never as an exception.
 */
export async function figure(request: FigureRequest): Promise<FigureReply> {
  const file = document.querySelector<HTMLInputElement>("input[type=file]")?.files?.[0];
  if (!file) return { ok: false, code: "bad-request", message: "no file was given to the page" };
  const client = startCompute(() => {});
  const ask = async <T extends RequestType>(message: Extract<Request, { type: T }>): Promise<Replies[T]> => {
    const reply = await client.request<T>(message);
    if (reply === undefined) throw new Error(`${message.type} was superseded, though nothing else was asked`);
    return reply;
  };
  try {
    await ask({ type: "boot", backend: "auto" });
    const clip = await ask({ type: "open", source: { kind: "file", file } });
    const { encoder, token, frames, startS, stride } = request;
    const window = stride
      ? { startS, lengthS: (stride * frames) / clip.framesPerSecond, frames, stride }
      : askedWindow(request, clip.durationS);
    const encoded = await ask({ type: "encode", encoder, token, window, shippedUrl: null });
    const correspondence = await queryAll(request.queries, (queries) =>
      ask({ type: "query", queries, taus: request.taus }),
    );
    const mask = await ask({ type: "mask", rho: request.rho });
    const show = { mask: false, tracks: true, truth: false, entropy: true, raw: true };
    const { cutsS } = await ask({ type: "survey", fromS: startS, start: false });
    const cuts = cutColumns(
      encoded.frames.map(({ timeS }) => timeS),
      cutsS,
    );
    const input: ExploreInput = {
      encoded,
      correspondence,
      returns: null,
      mask: null,
      flow: null,
      cuts,
      active: 0,
      scale: request.scale,
      show,
    };
    const figure = exploreFigure(input);
    // Nobody steers here: no temperature is "yours".
    const drawn = { ...figure, rows: figure.rows.map(({ remark: _, ...row }) => row) };
    const caption = exploreCaption(input, clip.name);
    const makers = {
      png: () => figurePng(drawn, caption),
      svg: () => figureSvg(drawn, caption),
      features: () => features(encoded),
    };
    const origin = shellOrigin(clip, encoded, figureShown(request));
    const features = async (of: Encoded) => featuresFile({ encoded: of }, await ask({ type: "features" }), origin);
    const files = await Promise.all(request.files.map(async (kind) => [kind, await base64(await makers[kind]())]));
    return {
      ok: true,
      json: {
        provenance: provenance(origin, new Date()),
        ...matchesJson(encoded, { queries: request.queries, matches: correspondence.matches }),
        motion_mask: maskJson(mask, encoded.grid.F),
      },
      notices: encoded.notices,
      files: Object.fromEntries(files),
    };
  } catch (error) {
    if (error instanceof ComputeFailure) return { ok: false, code: error.failure.code, message: error.failure.message };
    throw error;
  } finally {
    client.terminate();
  }
}

/** Queries that one request may hold, and one figure can show: the shell may ask for more. */
const BATCH = 64;

/** Asks for any number of queries. Matches come for all of them; the distributions, which only the figure needs, for the first few. */
async function queryAll(
  queries: readonly TokenRef[],
  ask: (some: readonly TokenRef[]) => Promise<Correspondence>,
): Promise<Correspondence> {
  const shown = await ask(queries.slice(0, MAX_QUERIES));
  const matches: Match[] = [...shown.matches];
  for (let first = MAX_QUERIES; first < queries.length; first += BATCH) {
    const more = await ask(queries.slice(first, first + BATCH));
    matches.push(...more.matches.map((match) => ({ ...match, query: match.query + first })));
  }
  return { ...shown, matches };
}
