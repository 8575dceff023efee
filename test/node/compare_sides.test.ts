// What is known of the sides of a comparison, however often they are the same.
import { expect, test } from "vitest";
import type { BroughtId } from "../../src/encoders/brought.ts";
import { type TrainedId, trainedId } from "../../src/encoders/trained.ts";
import { writeSafetensors } from "../../src/formats/safetensors.ts";
import { bring } from "../../src/worker/brought/features.ts";
import { encodeSide } from "../../src/worker/compare/sides.ts";
import type { StudentSpec } from "../../src/worker/protocol.ts";
import type { ComparedSide, SideInput, Workspace } from "../../src/worker/workspace.ts";

const STUDENT = trainedId({
  hash: "0123456789abcdef",
  depth: 3,
  aligned: null,
  noising: { t: 250, block: 2, given: false, seed: 9 },
  name: "a student",
});

const spec = (encoder: TrainedId): StudentSpec => ({ encoder, token: 8, degradation: "none" });
const input: SideInput = { pixels: [], size: { width: 64, height: 64 }, frames: [], prompt: "a ball falls" };
const running = { signal: new AbortController().signal, pause: async () => {} };
const nothing = {} as Workspace;

/** A side of each block, as the network's one run leaves them. */
const blocks = [1, 2, 3].map(
  (block): ComparedSide => ({
    key: JSON.stringify([
      STUDENT.replace("/2/250/", `/${block}/250/`),
      8,
      "none",
      { t: 250, block, given: false, seed: 9, prompt: input.prompt },
      [],
    ]),
    grid: { F: 4, H: 8, W: 8, C: 2 },
    data: new Float32Array([block]),
  }),
);

test("both sides the same, over and over: each is kept once", async () => {
  let known = [...blocks];
  for (let i = 0; i < 3; i++) {
    const seen = await encodeSide(nothing, spec(STUDENT), input, known, running);
    const learnt = await encodeSide(nothing, spec(STUDENT), input, [...known, ...seen.all], running);
    expect([seen.side, learnt.side]).toEqual([blocks[1], blocks[1]]);
    known = [...seen.all, ...learnt.all];
    expect(known).toHaveLength(2 * blocks.length);
  }
});

test("a link may write a number with zeros before it", async () => {
  const written = STUDENT.replace("/9:", "/09:") as TrainedId;
  expect((await encodeSide(nothing, spec(written), input, blocks, running)).side).toBe(blocks[1]);
});

test("features that are brought again as of other moments are read again, others are not", async () => {
  const data = Float32Array.from({ length: 6 }, (_, i) => i);
  const bytes = writeSafetensors({ features: { dtype: "F32", shape: [3, 1, 2, 1], data } });
  const file = new File([bytes], "mine.safetensors");
  const space = { brought: new Map(), opened: null, compute: { gpu: null } } as unknown as Workspace;
  const brought = async (fps: number) => {
    const reply = await bring(space, { type: "bring", file, answers: { grid: [1, 2], startS: 0, fps, name: "mine" } });
    if ("asks" in reply) throw new Error("it was asked about");
    return reply.layers[0];
  };
  const of: SideInput = { ...input, frames: [0, 1].map((index) => ({ index, timeS: index })) };
  const side = async (encoder: BroughtId, known: readonly ComparedSide[]) =>
    (await encodeSide(space, { encoder, token: 16, degradation: "none" }, of, known, running)).side;
  const first = await side(await brought(1), []);
  expect(Array.from(first.data)).toEqual([0, 1, 2, 3]);
  expect(await side(await brought(1), [first])).toBe(first);
  expect(Array.from((await side(await brought(2), [first])).data)).toEqual([0, 1, 4, 5]);
});
