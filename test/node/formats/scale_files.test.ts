// What scale/ writes and the page opens: metrics.jsonl, and the tables of the judges that evaluate.py's videos are given to.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { csvRows, parseCsv } from "../../../src/formats/csv.ts";
import { readJudgeTable } from "../../../src/formats/judge_table.ts";
import { readMetrics } from "../../../src/formats/metrics_file.ts";
import { readProjectorFile } from "../../../src/formats/projector_file.ts";
import { writeSafetensors } from "../../../src/formats/safetensors.ts";

describe("cells", () => {
  test("quotes, commas, line breaks, CRLF, a byte order mark and empty cells", () => {
    expect(parseCsv('\ufeffa,b\r\n"x, ""y""\nz",\r\n\r\n,"",3')).toEqual([
      ["a", "b"],
      ['x, "y"\nz', ""],
      ["", "", "3"],
    ]);
    expect(parseCsv("a,\n")).toEqual([["a", ""]]);
    expect(parseCsv("a,")).toEqual([["a", ""]]);
    expect(parseCsv("")).toEqual([]);
    expect(parseCsv('a,b\n\n"",""\n')).toEqual([
      ["a", "b"],
      ["", ""],
    ]);
  });
  test("lines that end as on old Macs, also within quotes, and each is counted", () => {
    expect(csvRows('a,b\r1,"2\r3"\r\r4,5\r')).toEqual([
      { cells: ["a", "b"], line: 1 },
      { cells: ["1", "2\r3"], line: 2 },
      { cells: ["4", "5"], line: 5 },
    ]);
  });
  test("a cell of megabytes is a cell, and a quotation mark that opens one is named, wherever it is", () => {
    const long = "x".repeat(2e7);
    expect(parseCsv(`"${long}""",b`)[0].map(({ length }) => length)).toEqual([2e7 + 1, 1]);
    expect(() => parseCsv(`a,b\n"${long}`)).toThrow(/row 2 has a quotation mark/);
  });
  test.each(['a,"b', 'a,b"c', '"a"b'])("%s is refused", (text) => {
    expect(() => parseCsv(text)).toThrow(/row 1 has a quotation mark/);
  });
});

describe("metrics.jsonl", () => {
  const line = (step: number, change = "") =>
    `{"step": ${step}, "loss": 2.2, "diffusion": 1.8, "alignment": 0.8, "lambda": 0.5, "grad_norm": 0.84, "rate": 0.001, "ms": 880.0${change}}`;
  test("a line is a step", () => {
    const points = readMetrics(`${line(1)}\n${line(2)}\n`);
    expect(points.map(({ step }) => step)).toEqual([1, 2]);
    expect(points[1]).toEqual({
      step: 2,
      loss: 2.2,
      diffusion: 1.8,
      alignment: 0.8,
      lambda: 0.5,
      gradNorm: 0.84,
      ms: 880,
    });
  });
  test("what train.py wrote is read", () => {
    const points = readMetrics(readFileSync("test/fixtures/scale_metrics.jsonl", "utf8"));
    expect(points.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
    for (const { loss, diffusion, lambda, alignment } of points)
      expect(loss).toBeCloseTo(diffusion + lambda * alignment, 6);
  });
  test("the line that a run is writing is left out, and a last one without its line break is not", () => {
    expect(readMetrics(`${line(1)}\n${line(2).slice(0, 40)}`)).toHaveLength(1);
    expect(readMetrics(`${line(1)}\n${line(2)}`)).toHaveLength(2);
  });
  test("a gradient that overflowed is no number", () => {
    expect(readMetrics(line(1).replace("0.84", "Infinity"))[0].gradNorm).toBeNaN();
  });
  test.each([
    ["", /no complete line/],
    [`${line(1)}\nhello\n`, /line 2 is no JSON object/],
    ["[1, 2]\n", /line 1 is no JSON object/],
    [`${line(1).replace("diffusion", "difusion")}\n`, /line 1 has no number “diffusion”/],
    [`${line(1).replace("1.8", "NaN")}\n`, /line 1 has no number “diffusion”/],
    [`${line(2)}\n${line(1)}\n`, /line 2 is of step 1, after step 2/],
  ])("%j is refused", (text, words) => {
    expect(() => readMetrics(text)).toThrow(words);
  });
});

test("a projector of full size says what it is between; other files are none", () => {
  const shapes = { linear1: [16, 64], linear2: [12, 16], linear3: [8, 12], conv: [32, 8, 3, 3, 3] };
  const tensors = Object.fromEntries(
    Object.entries(shapes).map(([layer, shape]) => {
      const data = new Uint16Array(shape.reduce((product, side) => product * side, 1));
      return [`${layer}.weight`, { dtype: "F16", shape, data } as const];
    }),
  );
  const metadata = { format: "tempered-projector", block: "2", stride: "3", drop_first: "true", double: "true" };
  expect(readProjectorFile(writeSafetensors(tensors, metadata))).toEqual({
    inputs: 64,
    block: 2,
    hidden: [16, 12, 8],
    outputs: 32,
    stride: 3,
  });
  expect(readProjectorFile(writeSafetensors(tensors, { format: "tempered-align" }))).toBeNull();
  expect(readProjectorFile(Uint8Array.of(1, 2, 3))).toBeNull();
});

describe("tables of judges", () => {
  const question = (words: string) => `"The following is a conversation.\nHuman: <|video|>\nHuman: ${words}\nAI: "`;
  const sa = question('Does this video entail the description: ""A bug, squished.""?');
  const pc = question("Does this video follow the physical laws?");

  test("VideoPhy's says by its question which side it is, and by the folders whose videos they are", () => {
    const tables = readJudgeTable(`drawn/mtsa/0000.mp4,${sa},0.0066\ndrawn/base/0000.mp4,${sa},0.94\n`, "out.csv");
    expect(tables.map(({ judge, side, checkpoint }) => [judge, side, checkpoint])).toEqual([
      ["videophy", "sa", "mtsa"],
      ["videophy", "sa", "base"],
    ]);
    expect([...tables[0].scores]).toEqual([["drawn/mtsa/0000.mp4", 0.0066]]);
    expect(readJudgeTable(`C:\\drawn\\mtsa\\0000.mp4,${pc},0.5`, "x")[0]).toMatchObject({
      side: "pc",
      checkpoint: "mtsa",
    });
  });
  test("VideoPhy2's has columns, in any order, and its name says which side it is", () => {
    const text = ',caption,videopath,score\n0,"A streamer, cut from paper",drawn/mtsa/0001.mp4,4.0\n';
    const [table] = readJudgeTable(text, "mtsa-output_PC.csv");
    expect(table).toMatchObject({ judge: "videophy2", side: "pc", checkpoint: "mtsa" });
    expect([...table.scores.values()]).toEqual([4]);
    expect(() => readJudgeTable(text, "mtsa-space.csv")).toThrow(/its name has to say which/);
  });
  test.each([
    ["", "a_sa.csv", /empty/],
    ["videopath,caption\na/b.mp4,words\n", "mtsa.csv", /no scores: give it to a judge first/],
    ["videopath,caption,score\n", "a_sa.csv", /no row/],
    ["videopath,rule,score\na/b.mp4,r,1\n", "a_sa.csv", /single rules/],
    ["videopath,caption,score\na/b.mp4,words,6\n", "a_sa.csv", /row 2 has the score “6”.*from 1 to 5/],
    ["videopath,caption,score\na/b.mp4,words,0\n", "a_sa.csv", /row 2 has the score “0”.*from 1 to 5/],
    ["videopath,caption,score\na/b.mp4,words,\n", "a_sa.csv", /row 2 has the score “”/],
    ["videopath,caption,score\n,words,1\n", "a_sa.csv", /row 2 names no video/],
    ["videopath,score\na/b.mp4,1\na/b.mp4,1\n", "a_sa.csv", /“a\/b.mp4” twice/],
    [`a/b.mp4,${sa},0.1\na/c.mp4,${pc},0.1\n`, "x.csv", /SA and of PC/],
    [`a/b.mp4,${sa},1.5\n`, "x.csv", /row 1 has the score “1.5”.*from 0 to 1/],
    ["run,loss_kind,tau\n1,tsa,0.1\n", "x.csv", /row 1 is neither/],
  ])("%j in %s is refused", (text, name, words) => {
    expect(() => readJudgeTable(text, name)).toThrow(words);
  });
});
