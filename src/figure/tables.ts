import type { Correspondence, Encoded, Match, MotionMask, TokenRef } from "../worker/protocol.ts";

/** The numbers of a figure, in the form that `npm run figure --json` and the page's export share. */
export interface MatchesJson {
  readonly encoder: string;
  /** What the frames are spread over, evenly in time: the i-th is the one nearest to start_s + i · length_s / F. */
  readonly window: { readonly start_s: number; readonly length_s: number; readonly stride?: number };
  /** `index` counts the file's frames from 0 as ffmpeg and OpenCV do; `time_s` is from the first of them. */
  readonly frames: readonly { readonly index: number; readonly time_s: number }[];
  readonly grid: readonly [F: number, H: number, W: number];
  /** Size of a token in pixels of the source video: [y, x]. */
  readonly token_px: readonly [number, number];
  readonly queries: readonly TokenRef[];
  readonly matches: readonly MatchRow[];
}

/** The motion mask, so that anyone can check it. */
export interface MaskJson {
  readonly rho: number;
  /** Sampled frames that share their tokens, and so the mask. */
  readonly tubelet: number;
  /** One string a sampled frame: a digit a token, row by row, 1 where it is a query of M-TSA. */
  readonly frames: readonly string[];
  /** The user's own mask, by its file's content hash and name, which is kept whatever ρ is; null: the motion's. */
  readonly brought: string | null;
}

/** Rows and columns count tokens from 0; soft ones are expectations. Raw similarity (tau null) has no distribution, hence nulls. */
interface MatchRow {
  readonly query: number;
  readonly tau: number | null;
  readonly frame: number;
  readonly row: number;
  readonly col: number;
  readonly similarity: number;
  readonly probability: number | null;
  readonly soft_row: number | null;
  readonly soft_col: number | null;
  readonly entropy_bits: number | null;
}

const matchRow = (match: Match): MatchRow => ({
  query: match.query,
  tau: match.tau,
  frame: match.frame,
  row: match.row,
  col: match.col,
  similarity: match.similarity,
  probability: match.probability,
  soft_row: match.softRow,
  soft_col: match.softCol,
  entropy_bits: match.entropyBits,
});

/** `stride` is there where every so many-th frame of the file was taken. */
const windowJson = ({ startS, lengthS, stride }: Encoded["window"]) => ({
  start_s: startS,
  length_s: lengthS,
  ...(stride && { stride }),
});

export function matchesJson(
  encoded: Encoded,
  { queries, matches }: Pick<Correspondence, "queries" | "matches">,
): MatchesJson {
  const { F, H, W } = encoded.grid;
  return {
    encoder: encoded.encoder,
    window: windowJson(encoded.window),
    frames: encoded.frames.map(({ index, timeS }) => ({ index, time_s: timeS })),
    grid: [F, H, W],
    token_px: encoded.tokenPx,
    queries,
    matches: matches.map(matchRow),
  };
}

/** @param mask [F, S] of 0 and 1 */
export function maskJson(
  { rho, tubelet, mask, brought }: Pick<MotionMask, "rho" | "tubelet" | "mask" | "brought">,
  F: number,
): MaskJson {
  const S = mask.length / F;
  const frames = Array.from({ length: F }, (_, f) => mask.subarray(f * S, (f + 1) * S).join(""));
  return { rho, tubelet, frames, brought };
}

/** The same matches as CSV, one line each, with the frame's time and index in the file and the query's token spelt out. */
export function matchesCsv(encoded: Encoded, { queries, matches }: Correspondence): string {
  const columns = [
    "query_frame",
    "query_row",
    "query_col",
    "time_s",
    "frame_index",
    ...(Object.keys(matchRow(matches[0])) as (keyof MatchRow)[]),
  ];
  const lines = matches.map((match) => {
    const [f, row, col] = queries[match.query];
    const { timeS, index } = encoded.frames[match.frame];
    return [f, row, col, timeS, index, ...Object.values(matchRow(match)).map((v) => v ?? "")].join(",");
  });
  return `${[columns.join(","), ...lines].join("\n")}\n`;
}
