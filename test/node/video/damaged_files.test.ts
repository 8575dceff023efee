// What keeps a damaged file from holding the worker for ever: test/node/mutated.test.ts feeds many, here each guard has its own.
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { openFile } from "../../../src/video/container.ts";
import { guardedSource } from "../../../src/video/guarded_source.ts";
import { checkClaims } from "../../../src/video/mp4_claims.ts";

const MANY = 0x80000000;

describe("reads of a source", () => {
  interface Read {
    _read(start: number, end: number, min: number, max: number): unknown;
    _emit(event: "read", fetched: { readonly start: number; readonly end: number }): void;
  }
  const guarded = (bytes: number) => {
    const { source, opened } = guardedSource(new Blob([new Uint8Array(bytes)]), "clip.webm");
    return { source: source as unknown as Read, opened };
  };
  const at = (source: Read, place: number) => source._read(place, place + 8, 0, Number.MAX_SAFE_INTEGER);
  const reading = () => guarded(400).source;

  test.each([1, 2, 3, 17, 300])("a circle of %d places ends, before a place is read 5000 times", async (places) => {
    const source = reading();
    await at(source, 0);
    let reads = 0;
    const circle = () => {
      for (; reads < 5000 * places; reads++) at(source, reads % places);
    };
    expect(circle).toThrow(/^clip\.webm is damaged: its structure leads in circles at byte \d+; get the file again$/);
  });

  test("a search that never comes to the same place again ends too", async () => {
    const source = reading();
    await at(source, 0);
    let place = 0;
    const search = () => {
      for (let reads = 0; reads < 1_000_000; reads++) {
        place = (place * 181 + 7 + (reads >> 9)) % 390;
        at(source, place);
      }
    };
    expect(search).toThrow(/leads in circles/);
  });

  test("what pauses may read as long as it likes", async () => {
    const source = reading();
    for (let turn = 0; turn < 20; turn++) {
      await new Promise((resolve) => setTimeout(resolve));
      for (let reads = 0; reads < 900; reads++) await at(source, 16);
    }
  });

  test("opening fetches a file a few times at most; of an opened one it is fetched as often as somebody looks", async () => {
    const fetchedOften = async (ended: boolean) => {
      const { source, opened } = guarded(400);
      if (ended) opened();
      // What the library keeps of a file is not fetched again, so that a small file is not fetched often: say that it was.
      source._emit("read", { start: 0, end: 2 ** 27 });
      await at(source, 0);
    };
    await expect(fetchedOften(false)).rejects.toThrow(/leads in circles/);
    await fetchedOften(true);
  });
});

describe("claims of an index", () => {
  const word = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
  const box = (type: string, ...content: number[]): number[] => [
    ...word(8 + content.length),
    ...new TextEncoder().encode(type),
    ...content,
  ];
  const table = (type: string, ...words: number[]) => box(type, ...[0, ...words].flatMap(word));
  const track = (...tables: number[][]) =>
    box("trak", ...box("mdia", ...box("minf", ...box("stbl", ...tables.flat()))));
  const check = (index: number[]) => checkClaims(new DataView(Uint8Array.from(index).buffer), 1000);
  const refused = /^its index claims \d+ frames, and 1000 are the most that it can have$/;

  const [durations, shifts] = [table("stts", 1, 900, 1), table("ctts", 2, 450, 1, 450, 0)];
  const [sizes, oneSize] = [table("stsz", 0, 2, 5, 5), table("stsz", 5, 900)];

  test("what can be true is taken", () => {
    check(track(durations, shifts, sizes, table("stsc", 1, 1, 900, 1)));
    // Sound: many frames of one size, fewer bytes than frames, and nothing is added up.
    check(track(table("stts", 1, MANY, 1), oneSize, table("stsc", 1, 1, MANY, 1)));
    check(box("moof", ...box("traf", ...table("trun", 900))));
    check(box("meta", ...word(0), ...box("keys", ...word(0), ...word(1), ...word(12), ...word(7), ...word(7))));
    // Each track has its own.
    check([...track(durations, shifts), ...track(durations, shifts)]);
  });

  test.each([
    ["durations of frames that are reordered", track(table("stts", 1, MANY, 1), shifts)],
    ["shifts", track(durations, table("ctts", 2, 450, 1, MANY, 0))],
    ["tables that stand twice", track(durations, durations, shifts)],
    ["a run past its table's end", track(shifts, [...table("stts", 2, 900, 1), ...word(MANY), ...word(1)])],
    ["a chunk", track(sizes, table("stsc", 2, 1, 900, 1, 2, MANY, 1))],
    ["a chunk, of no sizes", track(table("stsc", 1, 1, MANY, 1))],
    ["sizes of 0 bits", track(table("stz2", 0, MANY))],
    ["a fragment", box("moof", ...box("traf", ...table("trun", MANY)))],
  ])("%s", (_, index) => {
    expect(() => check(index)).toThrow(refused);
  });

  test("a note's name that would be read for ever", () => {
    const keys = box("keys", ...word(0), ...word(MANY), ...word(0), ...word(7));
    for (const version of [[], word(0)]) {
      expect(() => check(box("udta", ...box("meta", ...version, ...keys)))).toThrow(
        /name of 0 bytes, and 8 are the least/,
      );
    }
  });

  test("boxes in boxes in boxes", () => {
    let deep = box("stbl");
    for (let depth = 0; depth < 40; depth++) deep = box("minf", ...deep);
    expect(() => check(deep)).toThrow(/more than 32 deep/);
  });
});

describe("the list of frames", () => {
  beforeAll(() => {
    // Node has no decoder; whether one can is the browser's answer.
    vi.stubGlobal("VideoDecoder", { isConfigSupported: () => Promise.resolve({ supported: true }) });
    return () => {
      vi.unstubAllGlobals();
    };
  });

  test("an index of frames that never end, all of one size and none of any duration", async () => {
    const bytes = readFileSync("test/fixtures/video/rotated.mp4");
    const put = (type: string, ...words: number[]) => {
      for (const [i, value] of words.entries()) bytes.writeUInt32BE(value, bytes.indexOf(type) + 8 + 4 * i);
    };
    put("stts", 1, MANY, 0);
    put("stsz", 1, MANY);
    bytes.write("free", bytes.indexOf("ctts"), "latin1");
    const opening = openFile(new Blob([bytes]), "clip.mp4");
    await expect(opening.then((file) => file.frames.within(0, 1))).rejects.toThrow(
      `clip.mp4 is damaged: its frames never end: ${bytes.length} are the most that it can have; get the file again`,
    );
  });
});
