// Point tracks of the user's own: what the files may hold, a sentence for each way they are wrong, and TAP-Vid's measures as TAP-Vid has them.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { scoreTracks } from "../../../src/alignment/track_score.ts";
import { tableKind } from "../../../src/formats/file_kinds.ts";
import { openNpz } from "../../../src/formats/npz.ts";
import { tracksCsv } from "../../../src/formats/tracks_csv.ts";
import { tracksOfCsv, tracksOfNpz } from "../../../src/formats/tracks_file.ts";
import { motionOfTracks, tokenTracks } from "../../../src/video/truth.ts";
import { npy, npz } from "../../support/npz.ts";

const CLIP = { name: "clip.mp4", width: 320, height: 180, frames: 6 };
const fixture = (name: string) => new Blob([readFileSync(`test/fixtures/brought/${name}`)]);
const golden = JSON.parse(readFileSync("test/fixtures/brought/tapvid.json", "utf8")) as {
  readonly grid: readonly [number, number, number];
  readonly cells: readonly (readonly (readonly [number, number])[])[];
  readonly visible: readonly (readonly boolean[])[];
  readonly match: readonly (readonly (readonly [number, number])[])[];
  readonly expected: Readonly<Record<string, number>>;
};

describe("NumPy's own files", () => {
  test.each(["tapvid.npz", "pixels.npz"])("%s gives the points in the clip's pixels", async (name) => {
    const { names, frames, xy, visible } = await tracksOfNpz(await openNpz(fixture(name)), CLIP);
    expect([names.length, frames]).toEqual([12, 6]);
    for (const [n, track] of golden.cells.entries()) {
      for (const [f, [col, row]] of track.entries()) {
        const at = n * 6 + f;
        expect(visible[at]).toBe(golden.visible[n][f] ? 1 : 0);
        // The cells are of 9×16 tokens over the 320×180 px; float32 has 24 bits.
        expect(xy[2 * at]).toBeCloseTo((col + 0.5) * 20, 3);
        expect(xy[2 * at + 1]).toBeCloseTo((row + 0.5) * 20, 3);
      }
    }
  });

  test("a pickle is refused", async () => {
    const file = await openNpz(fixture("pickle.npz"));
    await expect(tracksOfNpz(file, CLIP)).rejects.toThrow(
      /"points" holds Python objects, that is a pickle.*never opened.*np\.savez/,
    );
  });
});

test("TAP-Vid's measures are those of its own evaluation, and ours counts within one token", async () => {
  const [F, H, W] = golden.grid;
  const N = golden.cells.length;
  const places = new Float32Array(2 * N * F).fill(Number.NaN);
  golden.cells.forEach((track, n) => {
    track.forEach(([col, row], f) => {
      if (golden.visible[n][f]) places.set([row, col], 2 * (n * F + f));
    });
  });
  const asked = golden.visible
    .map((seen, n) => ({ n, first: seen.indexOf(true), times: seen.filter(Boolean).length }))
    .filter(({ times }) => times > 1);
  let next = 0;
  const engine = {
    grid: { F, H, W, C: 1 },
    async positions(queries: readonly (readonly [number, number, number])[]) {
      const found = new Float32Array(queries.length * F * 3);
      for (const [q, [frame, row, col]] of queries.entries()) {
        const { n, first } = asked[next++];
        const [x, y] = golden.cells[n][first];
        expect([frame, row, col]).toEqual([first, Math.round(y), Math.round(x)]);
        for (let f = 0; f < F; f++)
          found.set([golden.match[n][f][1], golden.match[n][f][0], row * W + col], 3 * (q * F + f));
      }
      return [found];
    },
  };
  const { scores, tracks, counted } = await scoreTracks(engine, { N, places }, [0.1], async () => {});
  expect(tracks).toBe(asked.length);
  expect(counted).toBe(asked.reduce((sum, { times }) => sum + times - 1, 0));
  const [still, best, soft] = scores;
  expect(soft.within).toEqual([1, 2, 4, 8, 16].map((px) => golden.expected[px]));
  expect(soft.mean).toBeCloseTo(golden.expected.mean, 12);
  // The fake's best match is the token itself: as good as standing still.
  expect([best.within, best.token]).toEqual([still.within, still.token]);
  expect(soft.token).toBeGreaterThan(still.token);
});

test("a point keeps what is around it within reach, and stands for nothing beyond", () => {
  const tracks = tracksOfCsv("track,frame,x,y\na,0,24,24\na,1,44,34\nb,0,46,24\nb,1,46,24", CLIP);
  const motion = motionOfTracks(tracks, CLIP);
  expect(motion.track(0, 20, 20, 1, [8, 8])).toEqual({ x: 40, y: 30, visible: true });
  expect(motion.track(0, 60, 20, 1, [8, 8]).visible).toBe(false);
  expect(motion.track(0, 44, 24, 1, [8, 8])).toMatchObject({ x: 44, y: 24 });
  // Tokens of 20 px: the truth of the token that holds a.
  expect(Array.from(tokenTracks(motion, [0, 1], { H: 9, W: 16 }, [0, 1, 1]))).toEqual([1, 1, 1.5, 2]);
});

test("a track's name is the same with and without blanks around it", () => {
  const { names, xy } = tracksOfCsv("track, frame, x, y\na, 0, 24, 24\nb , 0, 44, 34\n b,1,46,24", CLIP);
  expect(names).toEqual(["a", "b"]);
  expect([xy[0], xy[1], ...xy.subarray(12, 16)]).toEqual([24, 24, 44, 34, 46, 24]);
});

test("fractions stay fractions where a point that is not seen lies beyond the edge", async () => {
  const points = npy("<f4", [1, 6, 2], Float32Array.of(0.5, 0.5, 1.0025, 0.5, ...Array(8).fill(9)));
  const occluded = npy("|b1", [1, 6], Uint8Array.of(0, 0, 1, 1, 1, 1));
  const { xy } = await tracksOfNpz(await openNpz(await npz({ points, occluded }, false)), CLIP);
  expect(Array.from(xy.subarray(0, 4), (value) => Math.round(value))).toEqual([160, 90, 321, 90]);
});

test("of the video no more is unpacked than its size", async () => {
  const points = npy(
    "<f4",
    [1, 6, 2],
    Float32Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? 640 : 180)),
  );
  const occluded = npy("|b1", [1, 6], new Uint8Array(6));
  const video = npy("|u1", [6, 2160, 3840, 3], new Uint8Array(6 * 2160 * 3840 * 3));
  const file = await openNpz(npz({ points, occluded, video }, true));
  expect(await file.shape("points")).toEqual([1, 6, 2]);
  const before = process.memoryUsage().arrayBuffers;
  const { xy } = await tracksOfNpz(file, CLIP);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24);
  expect([xy[0], xy[1]].map(Math.round)).toEqual([53, 15]);
  await expect(file.shape("nothing")).rejects.toThrow(/no array "nothing"/);
});

test("a table is of tracks whatever separates its columns, so that its reader says what to mend", async () => {
  const kinds = ["track,frame,x,y", "track;frame;x;y", '"frame"\t"track"', "videopath,caption,score", "a;score"];
  expect(await Promise.all(kinds.map((header) => tableKind(new Blob([`${header}\n1,2,3,4\n`]))))).toEqual([
    "tracks",
    "tracks",
    "tracks",
    "scores",
    "scores",
  ]);
  expect(await tableKind(new Blob(["x,y,id,frame\r1,2,3,4\r"]))).toBe("tracks");
});

test("points of any kind come back from the table that they are saved as", () => {
  const point = fc.option(
    fc.record({
      x: fc.float({ min: 0, max: 320, noNaN: true }),
      y: fc.float({ min: 0, max: 180, noNaN: true }),
      visible: fc.boolean(),
    }),
  );
  const track = fc.array(point, { minLength: 6, maxLength: 6 }).filter((all) => all.some(Boolean));
  const name = fc.stringMatching(/^[a-z0-9 ,"]{1,8}$/).filter((text) => text.trim() === text && text !== "");
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(name, track), { minLength: 1, maxLength: 4, selector: ([called]) => called }),
      (all) => {
        const xy = Float32Array.from(
          all.flatMap(([, places]) => places.flatMap((at) => (at ? [at.x, at.y] : [Number.NaN, Number.NaN]))),
        );
        const visible = Uint8Array.from(all.flatMap(([, places]) => places.map((at) => (at?.visible ? 1 : 0))));
        const names = all.map(([called]) => called);
        const back = tracksOfCsv(tracksCsv({ names, frames: 6, xy, visible }), CLIP);
        expect([back.names, back.visible]).toEqual([names, visible]);
        // Written to a thousandth of a pixel.
        for (const [i, value] of back.xy.entries())
          expect(Number.isNaN(xy[i]) ? Number.isNaN(value) : Math.abs(value - xy[i]) < 6e-4).toBe(true);
      },
    ),
    { numRuns: 60 },
  );
});

test("arrays of any kind and shape come back, stored and deflated", async () => {
  const kinds = {
    "<f4": Float32Array,
    "<f8": Float64Array,
    "|u1": Uint8Array,
    "<i4": Int32Array,
    "<u2": Uint16Array,
  } as const;
  const kind = fc.constantFrom(...(Object.keys(kinds) as (keyof typeof kinds)[]));
  await fc.assert(
    fc.asyncProperty(
      kind,
      fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
      fc.boolean(),
      fc.integer({ min: 0, max: 250 }),
      async (descr, shape, deflated, salt) => {
        const data = new kinds[descr](
          Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => (i + salt) % 251),
        );
        const file = await openNpz(
          await npz({ x: npy(descr, shape, data), y: npy("|u1", [1], Uint8Array.of(7)) }, deflated),
        );
        expect(file.names).toEqual(["x", "y"]);
        const found = await file.read("x");
        expect([found.shape, found.data]).toEqual([shape, data]);
      },
    ),
    { numRuns: 40 },
  );
});

describe("a sentence for each way in which a file is wrong", () => {
  const f4 = (shape: readonly number[], fill: (i: number) => number = () => 0.5) =>
    npy(
      "<f4",
      shape,
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => fill(i)),
    );
  const seen = (shape: readonly number[]) => npy("|b1", shape, new Uint8Array(shape.reduce((a, b) => a * b, 1)));
  const ofNpz = async (arrays: Parameters<typeof npz>[0]) => tracksOfNpz(await openNpz(await npz(arrays, true)), CLIP);
  const headed = (header: string) => {
    const text = `${header.padEnd(117)}\n`;
    return Uint8Array.from([0x93, ...Buffer.from("NUMPY"), 1, 0, text.length, 0, ...Buffer.from(text)]);
  };

  test.each([
    ["no occluded", { points: f4([3, 6, 2]) }, /no array "occluded" \[N, T\], it holds "points"/],
    ["no points", { places: f4([3, 6, 2]) }, /no array "points" \[N, T, 2\], it holds "places"/],
    ["three coordinates", { points: f4([3, 6, 3]), occluded: seen([3, 6]) }, /must be \[N, T, 2\], got \[3,6,3\]/],
    ["two clips", { points: f4([2, 3, 6, 2]), occluded: seen([2, 3, 6]) }, /2 clips.*write points\[0\]/],
    ["occluded of other points", { points: f4([3, 6, 2]), occluded: seen([4, 6]) }, /must be \[3, 6\].*got \[4,6\]/],
    ["other frames", { points: f4([3, 7, 2]), occluded: seen([3, 7]) }, /of 7 frames and clip.mp4 has 6/],
    [
      "NaN where it is seen",
      { points: f4([3, 6, 2], (i) => (i === 17 ? Number.NaN : 0.5)), occluded: seen([3, 6]) },
      /point 1 is seen in frame 2 and has no finite place/,
    ],
    [
      "pixels of a larger frame",
      { points: f4([1, 6, 2], () => 500), occluded: seen([1, 6]) },
      /track "0" is visible at 500, 500 in frame 0, outside the 320×180/,
    ],
    [
      "a fraction beyond the edge",
      { points: f4([2, 6, 2], (i) => (i === 4 ? 1.02 : 0.5)), occluded: seen([2, 6]), size: f4([2], () => 256) },
      /track "0" is visible at 326.4, 90 in frame 2, outside the 320×180 px.*fractions.*mark a point as occluded/,
    ],
    [
      "a wrong size",
      { points: f4([1, 6, 2], () => 50), occluded: seen([1, 6]), size: f4([3]) },
      /"size" must be \[height, width\]/,
    ],
    [
      "Fortran's order",
      { points: headed("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 6, 2), }"), occluded: seen([1, 6]) },
      /Fortran's order: write np.ascontiguousarray/,
    ],
    [
      "big-endian",
      { points: headed("{'descr': '>f4', 'fortran_order': False, 'shape': (1, 6, 2), }"), occluded: seen([1, 6]) },
      /big-endian: write points.astype\("<f4"\)/,
    ],
    [
      "a structured type",
      { points: headed("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (6,), }"), occluded: seen([1, 6]) },
      /none of one plain array/,
    ],
    [
      "text",
      { points: headed("{'descr': '<U8', 'fortran_order': False, 'shape': (6,), }"), occluded: seen([1, 6]) },
      /is of type <U8/,
    ],
    [
      "an array cut short",
      { points: headed("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 6, 2), }"), occluded: seen([1, 6]) },
      /needs 48 bytes and has 0/,
    ],
    [
      "a header too long",
      { points: Uint8Array.from([0x93, ...Buffer.from("NUMPY"), 2, 0, 255, 255, 255, 127]), occluded: seen([1, 6]) },
      /header of 65536 bytes|cut short/,
    ],
    ["no NumPy", { points: new Uint8Array(40), occluded: seen([1, 6]) }, /not in NumPy's .npy format/],
  ])("%s", async (_, arrays, sentence) => {
    await expect(ofNpz(arrays)).rejects.toThrow(sentence);
  });

  test.each([
    ["no zip", new Blob([new Uint8Array(100)]), /no .npz, which is a zip/],
    ["an empty file", new Blob([]), /no .npz, which is a zip/],
  ])("%s", async (_, file, sentence) => {
    await expect(openNpz(file)).rejects.toThrow(sentence);
  });

  test("a zip that unpacks to more than it says is stopped, one that is cut short is said", async () => {
    const bytes = new Uint8Array(await (await npz({ points: f4([3, 6, 2]) }, true)).arrayBuffer());
    const list = bytes.length - 22 - 46 - "points.npy".length;
    const changed = (at: number, value: number) => {
      const copy = bytes.slice();
      new DataView(copy.buffer).setUint32(at, value, true);
      return new Blob([copy]);
    };
    const read = async (file: Blob) => (await openNpz(file)).read("points");
    await expect(read(changed(list + 24, 100))).rejects.toThrow(/does not unpack to the 100 bytes/);
    await expect(read(changed(list + 24, 9999))).rejects.toThrow(/does not unpack to the 9999 bytes/);
    await expect(read(changed(list + 24, 2 ** 32 - 1))).rejects.toThrow(/over 2 GB/);
    // Room is made for no more than the packed bytes can become.
    const { arrayBuffers } = process.memoryUsage();
    await expect(read(changed(list + 24, 2 ** 31 - 1))).rejects.toThrow(/does not unpack to the 2147483647 bytes/);
    expect(process.memoryUsage().arrayBuffers - arrayBuffers).toBeLessThan(2 ** 28);
    await expect(read(changed(list + 42, 5))).rejects.toThrow(/not where the file's list has it/);
    await expect(read(changed(list + 10, 12))).rejects.toThrow(/packed by method 12/);
  });

  test.each([
    ["frame,x,y\n0,1,1", /no column "track"/],
    ["track,frame,x,y", /no line below its header/],
    ["track,frame,x,y\na,6,1,1", /line 2 is of frame 6 and clip.mp4 has frames 0 to 5/],
    ["track,frame,x,y\na,-1,1,1", /line 2 has frame "-1": count the frames from 0/],
    ["track,frame,x,y\na,1.5,1,1", /line 2 has frame "1.5"/],
    ["track,frame,x,y\na,0,1,1\na,0,2,2", /line 3 tells of track "a" in frame 0 a second time/],
    ["\ufeff\ntrack,frame,x,y\n\na,0,1,1\r\n\r\na,6,1,1", /line 6 is of frame 6/],
    ['track,"frame",x,y\n"a\nb",0,1,1\n"a\nb",7,1,1\n', /line 4 is of frame 7/],
    ["track,frame,x,y,visible\na,0,left,1,1", /line 2 has x "left" and y "1"/],
    ["track,frame,x,y,visible\na,0,1,1,maybe", /visible "maybe": write 1 or 0/],
    ["track,frame,x,y\na,0,900,1", /visible at 900, 1 in frame 0, outside/],
    ['track,frame,x,y\n"a,0,1,1', /quotation mark/],
    ["track,frame,x,y\n a,0,1,1\na,0,2,2", /line 3 tells of track "a" in frame 0 a second time/],
    ["track;frame;x;y\r\na;0;1,5;1", /first line, "track;frame;x;y", are separated by semicolons.*by commas/],
    ["track;frame;x;y\ra;0;1,5;1", /first line, "track;frame;x;y", are separated by semicolons/],
    ["track,frame,x,y\ra,0,1,1\ra,6,1,1\r", /line 3 is of frame 6/],
    ['\ufeff"track"\t"frame"\t"x"\t"y"\na\t0\t1\t1', /separated by tabs/],
  ])("%s", (text, sentence) => {
    expect(() => tracksOfCsv(text, CLIP)).toThrow(sentence);
  });
});
