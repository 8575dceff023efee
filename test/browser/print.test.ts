// Drawings as files for print, opened again.
import fontUrl from "dejavu-fonts-ttf/ttf/DejaVuSans.ttf?url";
import { expect, test } from "vitest";
import type { Drawing } from "../../src/figure/compose.ts";
import { drawingPdf } from "../../src/figure/pdf.ts";
import { drawingPng, drawingSvg } from "../../src/figure/print.ts";
import type { Shape } from "../../src/figure/shapes.ts";

const picture = new OffscreenCanvas(4, 2);
picture.getContext("2d")?.fillRect(0, 0, 2, 2);
const box = { x: 10, y: 20, width: 40, height: 20 };
const image = (x: number, more: object = {}): Shape => ({
  ...{ kind: "image", image: picture, smooth: false, box: { ...box, x } },
  ...more,
});
const shapes: readonly Shape[] = [
  { kind: "rect", box: { x: 0, y: 0, width: 200, height: 100 }, fill: "#ffffff" },
  image(10),
  image(60),
  image(110, { filter: "muted", smooth: true }),
  { kind: "circle", x: 20, y: 20, r: 5, stroke: { color: "#00000080", width: 1, dash: [2, 3] } },
  { kind: "text", x: 100, y: 90, text: "τ = 0.05 <&>", size: 14, color: "#1a1a1a", align: "middle", bold: true },
];
const drawing: Drawing = { shapes, width: 200, height: 100, widthMm: 85 };

test("an SVG has its size in millimetres, each picture once, and no filter", async () => {
  const text = await (await drawingSvg(drawing)).text();
  const root = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  expect([root.getAttribute("width"), root.getAttribute("height")]).toEqual(["85mm", "42.5mm"]);
  expect(root.querySelectorAll("defs > image")).toHaveLength(2);
  expect([...root.querySelectorAll("use")].map((use) => use.getAttribute("xlink:href"))).toEqual(["#p0", "#p0", "#p1"]);
  expect(root.querySelector("text")?.textContent).toBe("τ = 0.05 <&>");
  expect(text).not.toContain("filter");
  // Half of black, said in two words: not every program knows eight digits.
  expect(root.querySelector("circle")?.getAttribute("stroke-opacity")).toBe("0.50");
});

test("a PNG has as many dots an inch as it says", async () => {
  const bytes = new DataView(await (await drawingPng(drawing, 300)).arrayBuffer());
  expect(bytes.getUint32(16)).toBe(Math.round((85 / 25.4) * 300));
  expect(bytes.getUint32(41)).toBe(11811);
});

const fontBytes = async () => new Uint8Array(await (await fetch(fontUrl)).arrayBuffer());

test("a PDF is of that size, its objects are where it says, its type is embedded and can be read again", async () => {
  const bytes = new Uint8Array(await (await drawingPdf(drawing, await fontBytes())).arrayBuffer());
  const text = new TextDecoder("latin1").decode(bytes);
  const [, width, height] = /MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/.exec(text) ?? [];
  expect([Number(width), Number(height)]).toEqual([expect.closeTo(240.945, 2), expect.closeTo(120.472, 2)]);
  const table = Number(/startxref\n(\d+)/.exec(text)?.[1]);
  expect(text.slice(table, table + 4)).toBe("xref");
  const places = [...text.slice(table).matchAll(/^(\d{10}) 00000 n $/gm)].map(([, place]) => Number(place));
  // One entry is of no object: the head of the list of free ones.
  expect(places).toHaveLength(Number(/\/Size (\d+)/.exec(text)?.[1]) - 1);
  places.forEach((place, i) => {
    expect(text.slice(place, place + 10)).toMatch(new RegExp(`^${i + 1} 0 obj`));
  });
  // One of heat with its mask, one muted photograph.
  expect(text.match(/\/Subtype \/Image/g)).toHaveLength(3);
  expect(text).toMatch(/\/FontFile2 \d+ 0 R/);
  expect(bytes.length).toBeLessThan(60_000);
  const streams = await Promise.all(
    [...text.matchAll(/\/Length (\d+) >>\nstream\n/g)].map(async (found) => {
      const start = found.index + found[0].length;
      const packed = new Blob([bytes.slice(start, start + Number(found[1]))]).stream();
      const whole = packed.pipeThrough(new DecompressionStream("deflate"));
      return new Response(whole).text().catch(() => "");
    }),
  );
  expect(streams.find((stream) => stream.includes("begincmap"))).toMatch(/<03c4>/);
});

test("a picture on a transparent ground is on white in SVG and PDF", async () => {
  const clear = new OffscreenCanvas(32, 16);
  clear.getContext("2d")?.fillRect(16, 0, 16, 16);
  const of: Drawing = { ...drawing, shapes: [{ kind: "image", image: clear, box, smooth: true }] };
  const darkest = async (jpeg: Blob) => {
    const context = new OffscreenCanvas(32, 16).getContext("2d")!;
    context.drawImage(await createImageBitmap(jpeg), 0, 0);
    return Math.min(...context.getImageData(0, 0, 4, 4).data);
  };
  const [, url] = /xlink:href="(data:image\/jpeg;base64,[^"]+)"/.exec(await (await drawingSvg(of)).text())!;
  expect(await darkest(await (await fetch(url)).blob())).toBeGreaterThan(250);
  const pdf = await drawingPdf(of, await fontBytes());
  const found = /\/DCTDecode \/Length (\d+) >>\nstream\n/.exec(
    new TextDecoder("latin1").decode(await pdf.arrayBuffer()),
  )!;
  const start = found.index + found[0].length;
  expect(await darkest(pdf.slice(start, start + Number(found[1]), "image/jpeg"))).toBeGreaterThan(250);
});

test("a line with letters that the PDF's font lacks is a picture in it", async () => {
  const text: Shape = { kind: "text", x: 100, y: 90, text: "猫", size: 14, color: "#1a1a1a", align: "middle" };
  const pdf = await drawingPdf({ ...drawing, shapes: [text] }, await fontBytes());
  // Its colours and its mask.
  expect((await pdf.text()).match(/\/Subtype \/Image/g)).toHaveLength(2);
});
