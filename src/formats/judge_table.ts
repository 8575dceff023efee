import { parseCsv } from "./csv.ts";

/** What the judges of VideoPhy and VideoPhy2 write, as scale/evaluate.py's videos are given to them. */
export const JUDGES = {
  videophy: { title: "VideoPhy", least: 0, most: 1, good: 0.5 },
  videophy2: { title: "VideoPhy2", least: 1, most: 5, good: 4 },
} as const;

export type JudgeName = keyof typeof JUDGES;

/** SA: the video follows its caption; PC: its physics is believed. */
export type JudgeSide = "sa" | "pc";

/** Scores of one checkpoint's videos. */
export interface JudgeTable {
  readonly judge: JudgeName;
  readonly side: JudgeSide;
  /** The folder of its videos: the name that evaluate.py was given for the checkpoint. */
  readonly checkpoint: string;
  /** By the video's path. */
  readonly scores: ReadonlyMap<string, number>;
}

/** What VideoPhy's judge was asked, which it writes beside its answer. */
const ASKED: readonly (readonly [JudgeSide, RegExp])[] = [
  ["pc", /follow the physical laws\?/],
  ["sa", /entail the description:/],
];

/** `sa` or `pc` as a word of a file's name, as in output_sa.csv. */
const NAMED = /(?:^|[^a-z])(sa|pc)(?:[^a-z]|$)/i;

/**
 * Reads a table of scores: VideoPhy's without a header (video, question, score from 0 to 1), or VideoPhy2's (columns videopath and
 * score, from 1 to 5; the file's name says which side). Videos of several folders are several checkpoints.
 * @throws Error with one sentence that says which row or column is not as it should be, and what to do
 */
export function readJudgeTable(text: string, fileName: string): readonly JudgeTable[] {
  const rows = parseCsv(text);
  const [header] = rows;
  if (!header) throw new Error("the file is empty");
  const place = header.indexOf("videopath");
  if (place < 0) return byCheckpoint("videophy", rows.map(videoPhyRow));
  if (header.includes("rule")) throw new Error("it judges single rules: give the tables of --task sa and --task pc");
  const score = header.indexOf("score");
  if (score < 0) {
    throw new Error(
      "it has videos and captions but no scores: give it to a judge first, and drop what the judge writes",
    );
  }
  const side = NAMED.exec(fileName)?.[1].toLowerCase();
  if (side !== "sa" && side !== "pc") {
    throw new Error(
      "SA and PC have the same columns, so its name has to say which it is: call it output_sa.csv or output_pc.csv",
    );
  }
  const read = (row: readonly string[], i: number): Row => ({
    ...checked("videophy2", row[place], row[score], i + 2),
    side,
  });
  return byCheckpoint("videophy2", rows.slice(1).map(read));
}

interface Row {
  readonly video: string;
  readonly score: number;
  readonly side: JudgeSide;
}

function videoPhyRow([video, question = "", score]: readonly string[], i: number): Row {
  const side = ASKED.find(([, words]) => words.test(question))?.[0];
  if (!side) throw new Error(`row ${i + 1} is neither a header with “videopath” nor a question of VideoPhy's judge`);
  return { ...checked("videophy", video, score, i + 1), side };
}

function checked(judge: JudgeName, video: string | undefined, written: string | undefined, row: number) {
  const { title, least, most } = JUDGES[judge];
  const score = written?.trim() ? Number(written) : Number.NaN;
  if (!video) throw new Error(`row ${row} names no video`);
  if (!(score >= least && score <= most)) {
    throw new Error(
      `row ${row} has the score “${written ?? ""}”: those of ${title} are numbers from ${least} to ${most}`,
    );
  }
  return { video, score };
}

function byCheckpoint(judge: JudgeName, rows: readonly Row[]): readonly JudgeTable[] {
  if (rows.length === 0) throw new Error("it has a header and no row");
  const { side } = rows[0];
  if (rows.some((row) => row.side !== side))
    throw new Error("it has questions of SA and of PC: keep them in two files");
  const found = new Map<string, Map<string, number>>();
  for (const { video, score } of rows) {
    const checkpoint = video.split(/[/\\]/).at(-2) ?? "";
    const scores = found.get(checkpoint) ?? new Map<string, number>();
    // Both judges' programs write the same video again where they are started twice; VideoPhy's adds to the file that is there.
    if (scores.has(video))
      throw new Error(`it judges “${video}” twice: delete the file and let the judge write it again`);
    found.set(checkpoint, scores.set(video, score));
  }
  return [...found].map(([checkpoint, scores]) => ({ judge, side, checkpoint, scores }));
}
