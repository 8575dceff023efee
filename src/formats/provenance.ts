/** Where numbers come from: what every file of numbers that leaves the program says of itself. One function says it for all. */

/** The program's version, as package.json has it. */
export const VERSION = "0.1.0";

/** Said of a clip's maker that the user trained: the link beside it opens another clip. */
export const OWN_STUDENT_LINK =
  "a student of the user's own, which no link can carry: it opens the shipped student's clip";

/** What is known of a file's numbers. */
export interface Origin {
  /** null where they are of no clip, as a bench. */
  readonly clip: {
    readonly name: string;
    /** Of the file, or of what the clip consists of. */
    readonly contentHash: string;
    /** Of what the hash is the sha256: of all bytes, or of their number and both ends; null where nobody knows how many there are. */
    readonly hashed: keyof typeof HASH_KEYS | null;
    readonly size?: { readonly width: number; readonly height: number } | undefined;
    readonly durationS?: number | undefined;
    readonly framesPerSecond?: number | undefined;
  } | null;
  /** null where all of the clip was read. */
  readonly window: {
    readonly startS: number;
    readonly lengthS: number;
    readonly frames: number;
    readonly stride?: number | undefined;
  } | null;
  /** By the part that each plays: encoder, teacher, student, generator; start is what a student's run began with. */
  readonly models: Readonly<Record<string, ModelOrigin>>;
  /** Opens the view that the numbers were taken from. In the page an address; from the shell the part of it behind the page's own. */
  readonly link: string;
}

export interface ModelOrigin {
  /** As links and commands call it. */
  readonly id: string;
  readonly name: string;
  /** sha256 of its weights, or how the content hash of the user's own file begins; null where there are no weights. */
  readonly sha256: string | null;
}

/** What a clip's hash is called, so that nobody takes one for the other. */
const HASH_KEYS = { whole: "sha256", ends: "sha256_of_ends" } as const;

const hashKey = ({ hashed }: NonNullable<Origin["clip"]>) => (hashed ? HASH_KEYS[hashed] : "content_hash");

/** Of everything that a file of ours may hold. */
const UNITS = {
  time: "s from the clip's first frame; ms where a key ends in ms",
  frame: "column, from 0",
  frame_index: "frame of the file, from 0, as ffmpeg and OpenCV count",
  row_col: "tokens from 0, rows down, columns to the right; soft ones are expectations",
  px: "pixels of the video, from its upper left corner to the middle of a token",
  optical_flow: "pixels of the video from one sampled frame into the next, x to the right, y downwards",
  similarity: "cosine, -1 to 1",
  probability: "0 to 1, over the tokens of one frame",
  entropy: "bits",
  loss: "nats (tsa, mtsa), mean difference of cosines (trd, gram), minus the mean cosine (repa)",
} as const;

/** What a file says of its numbers' origin, in the keys of all our files. @param now when it was made */
export function provenance({ clip, window, models, link }: Origin, now: Date) {
  return {
    tempered_version: VERSION,
    created: now.toISOString(),
    clip: clip && {
      name: clip.name,
      [hashKey(clip)]: clip.contentHash,
      ...(clip.size && { size_px: [clip.size.width, clip.size.height] }),
      ...(clip.durationS !== undefined && { duration_s: clip.durationS }),
      ...(clip.framesPerSecond !== undefined && { frames_per_second: clip.framesPerSecond }),
    },
    window: window && {
      start_s: window.startS,
      length_s: window.lengthS,
      frames: window.frames,
      ...(window.stride !== undefined && { stride: window.stride }),
    },
    models,
    units: UNITS,
    link,
  };
}

/** Numbers as JSON, their origin first. @throws TypeError where they have a key of that name themselves */
export function jsonWith(origin: Origin, numbers: object, now = new Date()): string {
  if ("provenance" in numbers) throw new TypeError(`"provenance" is the origin's own key`);
  return `${JSON.stringify({ provenance: provenance(origin, now), ...numbers }, null, 1)}\n`;
}

/** What stands in every line of a table, behind its own columns: readers of CSV know no comments. */
function cellsOf(origin: Origin, now: Date): readonly (readonly [column: string, value: string | number])[] {
  const { clip, window, models, link } = origin;
  return [
    ["clip", clip?.name ?? ""],
    [`clip_${clip ? hashKey(clip) : HASH_KEYS.whole}`, clip?.contentHash ?? ""],
    ["window_start_s", window?.startS ?? ""],
    ["window_length_s", window?.lengthS ?? ""],
    ...Object.entries(models).flatMap(([part, { id, sha256 }]) => [
      [part, id] as const,
      [`${part}_sha256`, sha256 ?? ""] as const,
    ]),
    ["tempered_version", VERSION],
    ["created", now.toISOString()],
    ["link", link],
  ];
}

type Cell = string | number | boolean | null | undefined;

/**
 * A table as CSV by RFC 4180, with the origin of each line's numbers behind them.
 * @param originOf of a line
 * @throws TypeError where a column of the table has the name of one of the origin's
 */
export function csvWith(
  columns: readonly string[],
  lines: readonly (readonly Cell[])[],
  originOf: (line: number) => Origin,
  now = new Date(),
): string {
  // Lines of several runs may have different models: a column for each that any of them has.
  const cells = lines.map((_, i) => new Map(cellsOf(originOf(i), now)));
  const extra = [
    ...new Set((cells.length > 0 ? cells : [new Map(cellsOf(originOf(0), now))]).flatMap((row) => [...row.keys()])),
  ];
  const twice = extra.find((column) => columns.includes(column));
  if (twice !== undefined) throw new TypeError(`"${twice}" is a column of the origin's own`);
  const rows = lines.map((line, i) => [...line, ...extra.map((column) => cells[i].get(column))]);
  return `${[[...columns, ...extra], ...rows].map((row) => row.map(cell).join(",")).join("\n")}\n`;
}

function cell(value: Cell): string {
  const text = value === null || value === undefined ? "" : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The origin as metadata of a safetensors file, which holds texts only. */
export const metadataWith = (origin: Origin, now = new Date()): { readonly provenance: string } => ({
  provenance: JSON.stringify(provenance(origin, now)),
});

/** Keys in snake_case, at every depth, of plain data. Values stay as they are. */
export const snakeKeys = (data: object): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(data).map(([key, value]) => [
      key.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      snakeInside(value),
    ]),
  );

function snakeInside(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeInside);
  return typeof value === "object" && value !== null ? snakeKeys(value) : value;
}
