import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readEdit } from "../../../src/video/edit_list.ts";

const bytesOf = (name: string) => new Uint8Array(readFileSync(`test/fixtures/video/${name}`));

test.each([
  ["b-frames.mp4", 1, { startS: 0.5, endS: 1.5, others: 0 }],
  ["mid-frame.mp4", 1, { startS: 0, endS: 3.72, others: 0 }],
  ["late-video.mp4", 1, { startS: 1, endS: 2, others: 0 }],
  ["two-tracks.mp4", 2, { startS: 0, endS: 1, others: 0 }],
  ["b-frames.mp4", 2, undefined],
  ["open-gop.mp4", 1, { startS: 0.16, endS: 1.32, others: 0 }],
  ["vp8.webm", 1, undefined],
  ["text.mp4", 1, undefined],
])("the edit of %s, track %i", async (name, track, expected) => {
  expect(await readEdit(new Blob([bytesOf(name)]), track)).toEqual(
    expected && { ...expected, endS: expect.closeTo(expected.endS, 2) },
  );
});

test("of several parts the first, with the number of the others; one without a length goes on to the end", async () => {
  const bytes = bytesOf("b-frames.mp4");
  const view = new DataView(bytes.buffer);
  const list = Buffer.from(bytes).indexOf("elst") + 12;
  view.setInt32(list + 4, 0);
  expect(await readEdit(new Blob([bytes]), 1)).toEqual({ startS: 0, endS: 0.5, others: 1 });
  view.setInt32(list, 0);
  expect(await readEdit(new Blob([bytes]), 1)).toEqual({ startS: 0, endS: Number.POSITIVE_INFINITY, others: 1 });
});

test("no bytes make it fail", async () => {
  const whole = bytesOf("b-frames.mp4");
  const spoilt = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(spoilt, fc.integer({ min: 0, max: whole.length }), async (changes, length) => {
      const bytes = whole.slice(0, length);
      for (const [at, value] of changes) bytes[at] = value;
      const edit = await readEdit(new Blob([bytes]), 1);
      if (edit) expect(edit.endS).toBeGreaterThanOrEqual(edit.startS);
    }),
    { numRuns: 300 },
  );
});
