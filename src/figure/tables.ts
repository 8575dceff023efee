import { csvWith, type Origin } from "../formats/provenance.ts";
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
  /** Of the file, and when it is shown. */
  readonly frame_index: number;
  readonly time_s: number;
  /** The middle of the token in pixels of the video. */
  readonly x_px: number;
  readonly y_px: number;
  readonly soft_x_px: number | null;
  readonly soft_y_px: number | null;
}

function matchRow(match: Match, { frames, tokenPx: [tokenHeight, tokenWidth] }: Encoded): MatchRow {
  const middle = (token: number, size: number) => Number(((token + 0.5) * size).toFixed(2));
  const { index, timeS } = frames[match.frame];
  return {
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
    frame_index: index,
    time_s: timeS,
    x_px: middle(match.col, tokenWidth),
    y_px: middle(match.row, tokenHeight),
    soft_x_px: match.softCol === null ? null : middle(match.softCol, tokenWidth),
    soft_y_px: match.softRow === null ? null : middle(match.softRow, tokenHeight),
  };
}

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
    matches: matches.map((match) => matchRow(match, encoded)),
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

/** Columns that stand before the rest, as they always did. */
const FIRST = ["time_s", "frame_index"] as const;

/** The same matches as CSV, one line each, with the query's token spelt out and where the numbers come from. */
export function matchesCsv(encoded: Encoded, { queries, matches }: Correspondence, origin: Origin): string {
  const rows = matches.map((match) => matchRow(match, encoded));
  const isFirst = (key: string) => FIRST.some((first) => first === key);
  const rest = (Object.keys(rows[0]) as (keyof MatchRow)[]).filter((key) => !isFirst(key));
  const lines = rows.map((row) => [...queries[row.query], ...[...FIRST, ...rest].map((key) => row[key])]);
  return csvWith(["query_frame", "query_row", "query_col", ...FIRST, ...rest], lines, () => origin);
}
