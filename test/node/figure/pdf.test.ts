// A drawing as a PDF, its streams unpacked: what its pictures hold, and which type is set in the font.
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { drawingPdf } from "../../../src/figure/pdf.ts";
import type { Shape } from "../../../src/figure/shapes.ts";
import { FakeCanvas, stubCanvas } from "../../support/canvas.ts";

const font = Uint8Array.from(readFileSync("node_modules/dejavu-fonts-ttf/ttf/DejaVuSans.ttf"));

beforeEach(stubCanvas);
afterEach(() => {
  vi.unstubAllGlobals();
});

/** Each stream of the file with the entries before it, unpacked where it is packed. */
async function streamsOf(shapes: readonly Shape[]) {
  const pdf = await drawingPdf({ shapes, width: 200, height: 100, widthMm: 50 }, font);
  const bytes = new Uint8Array(await pdf.arrayBuffer());
  const text = new TextDecoder("latin1").decode(bytes);
  return Promise.all(
    [...text.matchAll(/<< (.*) \/Length (\d+) >>\nstream\n/g)].map(
      async ({ 0: head, 1: entries, 2: length, index }) => {
        const data = new Blob([bytes.slice(index + head.length, index + head.length + Number(length))]);
        const unpacked = data.stream().pipeThrough(new DecompressionStream("deflate"));
        const body = entries.includes("FlateDecode") ? new Response(unpacked) : new Response(data);
        return { entries, data: new Uint8Array(await body.arrayBuffer()) };
      },
    ),
  );
}

const wordsOf = (data: Uint8Array) => new TextDecoder("latin1").decode(data);

test("a picture on a transparent ground is on white: it is a JPEG, which has no transparency", async () => {
  const image = new FakeCanvas(4, 2) as unknown as OffscreenCanvas;
  const box = { x: 0, y: 0, width: 200, height: 100 };
  const streams = await streamsOf([{ kind: "image", image, box, smooth: true }]);
  const jpeg = streams.find(({ entries }) => entries.includes("DCTDecode"));
  expect([...jpeg!.data]).toEqual([255, 255, 255]);
});

const line = (text: string): Shape => ({
  ...{ kind: "text", x: 10, y: 50, text, size: 10, color: "#1a1a1a", align: "start" },
});

test("a line with letters that the font lacks is a picture as sharp as print, once; the other lines are type", async () => {
  const lacking = ["猫 and dog", "猫 and dog", "😀", "हिन्दी", "שלום"];
  const streams = await streamsOf([line("τ = 0.05,\nhere"), ...lacking.map(line)]);
  const content = wordsOf(streams.find(({ data }) => wordsOf(data).startsWith("0.709"))!.data);
  expect(content.match(/ Do$/gm)).toHaveLength(lacking.length);
  const set = [...content.matchAll(/<([0-9a-f]+)> Tj/g)].map(([, glyphs]) => glyphs.match(/..../g));
  expect(set).toHaveLength(1);
  expect(set[0]).not.toContain("0000");
  // 9 letters half as wide as high, a quarter on each side as margin, 600 dots on an inch of 101.6 units.
  const pictures = streams.filter(({ entries }) => /\/Image .*DeviceRGB/.test(entries));
  expect(pictures).toHaveLength(4);
  expect(pictures[0].entries).toMatch(/\/Width 296 \/Height 89 /);
});

test("each letter can be copied, and those of a line that is a picture have no glyph", async () => {
  const streams = await streamsOf([line("τ = 5"), line("😀")]);
  const unicode = wordsOf(streams.find(({ data }) => wordsOf(data).includes("begincmap"))!.data);
  const [, count, lines] = /(\d+) beginbfchar\n([\s\S]*?)\nendbfchar/.exec(unicode)!;
  expect(lines.split("\n")).toHaveLength(Number(count));
  const letters = lines.split("\n").map((one) => /^<[0-9a-f]{4}> <([0-9a-f]{4})>$/.exec(one)?.[1]);
  expect(letters.sort()).toEqual(["0020", "0035", "003d", "03c4"]);
});
