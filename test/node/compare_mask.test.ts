// Whose mask a sweep and the student's blocks are measured with, while other requests go first in between; and one that marks nothing.
import { expect, test } from "vitest";
import { CpuComparison } from "../../src/alignment/comparison_cpu.ts";
import { trainedId } from "../../src/encoders/trained.ts";
import { compareLayers } from "../../src/worker/compare/layers.ts";
import { compareLosses, compareSweep } from "../../src/worker/compare/losses.ts";
import { afterBlock } from "../../src/worker/compare/sides.ts";
import type { LayerPoint, MaskId, StudentSpec, SweepPoint, WorkerEvent } from "../../src/worker/protocol.ts";
import type { ComparedSide, Running, Workspace } from "../../src/worker/workspace.ts";

const MARKED: MaskId = "mask:0000000000000001:one token";
const EMPTY: MaskId = "mask:0000000000000002:nothing";
const BLOCKS = [1, 2, 3];
const [F, H, W] = [2, 2, 2];
const noising = { t: 250, block: 1, given: false, seed: 9 };
const spec: StudentSpec = {
  encoder: trainedId({ hash: "0123456789abcdef", depth: BLOCKS.length, aligned: null, noising, name: "a student" }),
  token: 8,
  degradation: "none",
};
const frames = [0, 1].map((index) => ({ index, timeS: index }));
const featuresOf = (k: number) => Float32Array.from({ length: F * H * W * 2 }, (_, i) => Math.sin(k * (i + 1)));

/** A worker without a GPU that holds a pair, every block of its student encoded, and two masks of the user's. */
function setUp() {
  const motion = Float32Array.of(0, 1, 2, 3, 3, 2, 1, 0);
  const sides = BLOCKS.map((block): ComparedSide => {
    const { encoder } = afterBlock(spec, block);
    const key = JSON.stringify([encoder, 8, "none", { ...noising, block, prompt: "a ball falls" }, [0, 1]]);
    return { key, grid: { F, H, W, C: 2 }, data: featuresOf(block + 1) };
  });
  const grid = { F, H, W, C: 2 };
  const side = (data: Float32Array) => ({ data, C: 2 });
  const pair = { F, S: H * W, teacher: side(featuresOf(1)), student: side(featuresOf(2)), motion };
  const events: WorkerEvent[] = [];
  const held = (...marks: number[]) => ({
    ...{ clip: "aaaa", frames: null },
    mask: { count: 1, height: 2, width: 2, marks: Uint8Array.from(marks), indices: null },
  });
  const space = {
    compute: { gpu: null },
    opened: { clip: { info: { contentHash: "aaaa" } } },
    masks: new Map([
      ["0000000000000001", held(1, 0, 0, 0)],
      ["0000000000000002", held(0, 0, 0, 0)],
    ]),
    compared: {
      ...{ pair, motion, frames, sides, tubelet: 1, masked: null, grids: { teacher: grid, student: grid } },
      noised: { spec, input: { pixels: [], size: { width: 16, height: 16 }, frames, prompt: "a ball falls" } },
      ...{ steps: new Map(), trackOf: () => null, engines: { comparison: new CpuComparison(pair) } },
    },
    emit: (event: WorkerEvent) => events.push(event),
  } as unknown as Workspace;
  /** Lets `first` go first the `at`-th time that it is offered. */
  const running = (at = -1, first = async () => {}): Running => {
    let offered = 0;
    const signal = new AbortController().signal;
    return { signal, pause: async () => {}, giveWay: async () => void (offered++ === at && (await first())) };
  };
  const losses = (brought?: MaskId) =>
    compareLosses(space, { type: "compare-losses", ...ASKED, margin: 0.1, ...(brought && { brought }) }, running());
  return { space, events, running, losses };
}

const ASKED = { tau: 0.1, rho: 0.5 } as const;

/** What the blocks' points say, M-TSA of the last one included, with `first` done before that one. */
async function blocksOf(brought: MaskId | null, first?: (test: ReturnType<typeof setUp>) => Promise<unknown>) {
  const test = setUp();
  const running = test.running(2, async () => void (await first?.(test)));
  await compareLayers(test.space, { type: "compare-layers", ...ASKED, ...(brought && { brought }) }, running);
  return test.events.filter((event): event is LayerPoint => event.type === "layer-point");
}

async function sweepOf(brought: MaskId | null, at = -1, first?: (test: ReturnType<typeof setUp>) => Promise<unknown>) {
  const test = setUp();
  const running = test.running(at, async () => void (await first?.(test)));
  const { rho } = ASKED;
  await compareSweep(test.space, { type: "compare-sweep", taus: [0.1, 1], rho, ...(brought && { brought }) }, running);
  return test.events.filter((event): event is SweepPoint => event.type === "sweep-point");
}

test("every block is measured with the mask that it was asked with, whatever the losses are asked with in between", async () => {
  const marked = await blocksOf(MARKED);
  const moving = await blocksOf(null);
  expect([marked, moving].map((points) => points.map(({ of }) => of))).toEqual(
    Array(2).fill(["teacher", "even", ...BLOCKS]),
  );
  expect(new Set(marked.map(({ brought }) => brought))).toEqual(new Set([MARKED]));
  expect(new Set(moving.map(({ brought }) => brought))).toEqual(new Set([null]));
  expect(marked[4].losses?.mtsa).not.toBe(moving[4].losses?.mtsa);
  expect(await blocksOf(MARKED, ({ losses }) => losses())).toEqual(marked);
  expect(await blocksOf(null, ({ losses }) => losses(MARKED))).toEqual(moving);
});

test("so is a sweep, before each of its losses", async () => {
  for (const brought of [MARKED, null]) {
    const alone = await sweepOf(brought);
    expect(alone.map((point) => [point.tau, point.brought])).toEqual([
      [0.1, brought],
      [1, brought],
    ]);
    for (const at of [0, 1, 2, 3]) {
      const other = brought ? undefined : MARKED;
      expect(await sweepOf(brought, at, ({ losses }) => losses(other)), `${at}`).toEqual(alone);
    }
  }
});

test("without a query there is no M-TSA: it is no agreement", async () => {
  expect((await setUp().losses(EMPTY)).losses.mtsa).toBeNull();
  const blocks = (await blocksOf(EMPTY)).slice(2);
  expect(blocks.map(({ losses }) => losses?.mtsa)).toEqual([null, null, null]);
  for (const { losses } of blocks) expect(losses?.tsa).toBeGreaterThan(0);
  const sweep = await sweepOf(EMPTY);
  expect(sweep.map(({ mtsa }) => mtsa)).toEqual([null, null]);
  for (const { tsa } of sweep) expect(tsa?.loss).toBeGreaterThan(0);
});
