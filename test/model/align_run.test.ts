// The whole student: every parameter's gradient, ten pinned losses, and that a run is the same however it is interrupted.
import { describe, expect, test } from "vitest";
import { AlignmentLoss } from "../../src/alignment/alignment_loss.ts";
import { LOSS_KINDS, type LossKind, takesFlips, traitsOf } from "../../src/alignment/losses.ts";
import { GpuError } from "../../src/gpu/errors.ts";
import { submitNow } from "../../src/gpu/steps.ts";
import { ArenaLayout } from "../../src/nn/arena.ts";
import { bindPlan, planMemory } from "../../src/nn/memory.ts";
import { Tape } from "../../src/nn/tape.ts";
import * as reference from "../../src/reference/index.ts";
import { firstValues, weightsOn } from "../../src/student/parameters.ts";
import { projector, projectorParameters } from "../../src/student/projector.ts";
import { type AlignData, studentInput } from "../../src/train/align_data.ts";
import { initialState, layoutOf, projectorConfig, runCost } from "../../src/train/align_design.ts";
import { AlignRun } from "../../src/train/align_run.ts";
import { readCheckpoint, writeCheckpoint } from "../../src/train/checkpoint.ts";
import type { AlignMeasurement } from "../../src/train/measure.ts";
import type { StepNumbers } from "../../src/train/numbers.ts";
import { groupsOf } from "../../src/train/optimizer.ts";
import { parseRecipe, type RecipeInput } from "../../src/train/recipe.ts";
import { Session, type TrainableState } from "../../src/train/session.ts";
import goldensUrl from "../fixtures/projector_goldens.safetensors?url";
import { expectClose } from "../support/close.ts";
import { drifting } from "../support/drifting.ts";
import { withGpu } from "../support/gpu.ts";
import { lossTwin, peak, temperedAlignment } from "../support/losses.ts";
import { layersOf, parseProjectorGoldens } from "../support/projector.ts";
import { normals, random } from "../support/random.ts";
import { trainTwin } from "../support/training.ts";

const gpu = withGpu();
const noPause = async () => {};

const recipeOf = (changes: RecipeInput = {}) =>
  parseRecipe({
    hidden: [24, 20, 16],
    steps: 10,
    trainFrames: [0, 3],
    heldFrames: [4, 6],
    evaluateEvery: 5,
    checkpointEvery: 4,
    tau: 0.1,
    ...changes,
  });

interface Ran {
  readonly numbers: StepNumbers[];
  readonly measured: [step: number, measurement: AlignMeasurement][];
  readonly session: Session<AlignMeasurement>;
  readonly align: AlignRun;
}

/** Runs a session until it is over or at `stop`. */
async function train(data: AlignData, input: RecipeInput = {}, from?: TrainableState, stop = 1e9): Promise<Ran> {
  const recipe = recipeOf(input);
  const state = from ?? initialState(recipe, data);
  const align = await AlignRun.create(gpu(), recipe, data, state);
  const ran: Ran = { numbers: [], measured: [], align, session: undefined as never };
  const session = new Session(align, state, recipe, {
    status: () => {},
    numbers: (numbers) => ran.numbers.push(numbers),
    measured: (step, measurement) => ran.measured.push([step, measurement]),
  });
  session.start();
  while (session.step < stop && (await session.advance(noPause)));
  if (session.status === "running") await session.pause();
  return { ...ran, session };
}

const losses = ({ numbers }: Ran) => numbers.map(({ loss }) => loss);
const data = drifting(7, 3, 4);

/**
 * The first loss is one pass forward, right to a few roundings. Every later one has Adam before it, which gives a parameter whose
 * gradient is all rounding a step of full size: 1e-5 was the most that ten steps of it were seen to differ from float64.
 */
function expectPinned(what: string, found: readonly number[], pinned: readonly number[]): void {
  expectClose(`${what}, first`, found.slice(0, 1), pinned.slice(0, 1), { rtol: 1e-6, atol: 0 });
  expectClose(what, found, pinned, { rtol: 3e-5, atol: 0 });
}

describe("gradients", () => {
  /** Clips and frames of a batch, in turns. */
  const batches = [
    [1, 3],
    [2, 2],
    [1, 2],
    [2, 1],
  ] as const;
  test.each(LOSS_KINDS.map((kind, i) => [kind, ...batches[i % batches.length]] as const))(
    "every parameter of the projector under %s against float64, B=%i F=%i",
    async (kind, B, F) => {
      const g = gpu();
      const grid = { B, F, H: 3, W: 5 };
      const N = F * 15;
      const config = { inputs: 12, hidden: [12, 8, 4], outputs: 6 } as const;
      const parameters = projectorParameters(config);
      const layout = new ArenaLayout(parameters, groupsOf("adamw"));
      const first = firstValues(parameters, layout, random(3));
      const weights = parameters.map(({ name }) => layout.view(first, name));
      const [x, teacher] = [normals(B * N * 12, 4), normals(B * N * 6, 5)];
      const t = new Tape();
      const { tensors, layer } = weightsOn(t, parameters, true);
      const input = t.data("x", [B * N, 12]);
      const y = projector(t, input, layer, { clips: B, frames: F, H: 3, W: 5 });
      const student = g.output(B * N * 6);
      const mask = Uint8Array.from({ length: B * N }, (_, i) => (i % 3 === 0 ? 1 : 0));
      const shape = { B, F, S: 15, Ct: 6, Cs: 6 };
      const masked = traitsOf(kind).queries === "moving" ? { mask, maxRho: 1 } : {};
      const sides = { teacher: g.input(teacher), student };
      const loss = await AlignmentLoss.create(g, { kind, shape, ...sides, ...masked, tau: 0.5, margin: 0.05 });
      const gradients = weights.map(({ length }) => g.output(length));
      const plan = planMemory(t.schedule([y]), [y], [y, ...tensors]);
      const { forward, backward } = await bindPlan(
        g,
        plan,
        plan.sizes.map((bytes) => g.input(new Float32Array(bytes / 4).fill(Number.NaN))),
        {
          values: new Map([
            [input, g.input(x)],
            [y, student],
            ...tensors.map((one, i) => [one, g.input(weights[i])] as const),
          ]),
          gradients: new Map([[y, loss.dStudent], ...tensors.map((one, i) => [one, gradients[i]] as const)]),
        },
      );
      submitNow(g.device, "one step", [...forward, ...loss.steps(), ...backward]);

      const expected = reference.projector(x, layersOf(weights), { ...grid, ...config });
      const dy = new Float64Array(expected.y.length);
      for (let b = 0; b < B; b++) {
        const [t, y] = [teacher.subarray(b * N * 6, (b + 1) * N * 6), expected.y.subarray(b * N * 6, (b + 1) * N * 6)];
        const clip = { F, S: 15, Ct: 6, Cs: 6 };
        const found = lossTwin(kind, t, y, clip, { tau: 0.5, margin: 0.05 }, mask.subarray(b * N, (b + 1) * N));
        dy.set(
          found.dStudent.map((value) => value / B),
          b * N * 6,
        );
      }
      const all = expected.backward(dy).flatMap(({ dw, db }) => [dw, db]);
      for (const [i, gradient] of all.entries()) {
        const actual = await g.readOutput(gradients[i], gradient.length);
        // Features are small beside their bias, so that the cosines' rounding is some hundred eps; it enters every gradient alike.
        expectClose(parameters[i].name, actual, gradient, { rtol: 1e-4, atol: 2e-4 * peak(gradient) });
      }
    },
  );
});

describe("a run", () => {
  const pinned: Readonly<Record<LossKind, readonly number[]>> = {
    tsa: [1.49804, 1.547101, 1.058101, 1.035473, 0.7989263, 0.9320574, 0.73785, 0.5171291, 0.5853443, 0.369802],
    mtsa: [1.704062, 1.425723, 1.003695, 1.054819, 0.7592572, 0.5955107, 0.9210019, 0.3568439, 0.3282458, 0.1994145],
    trd: [0.4805802, 0.3350646, 0.2923964, 0.2838598, 0.2719507, 0.2405582, 0.232677, 0.2463003, 0.2295964, 0.2216845],
    repa: [
      -0.05997235, -0.02679471, -0.1748258, -0.2178045, -0.3437104, -0.3199144, -0.3564269, -0.4211597, -0.4095201,
      -0.4542856,
    ],
    gram: [
      0.4356322, 0.2701706, 0.2194123, 0.2038049, 0.2022909, 0.1689788, 0.1614161, 0.1751066, 0.1570108, 0.1495419,
    ],
  };

  test.each(LOSS_KINDS)("ten pinned losses of %s", async (loss) => {
    const ran = await train(data, { loss, batch: { windows: 2, frames: 2, flips: takesFlips(loss) } });
    expect(ran.session.status).toBe("done");
    expectPinned(loss, losses(ran), pinned[loss]);
    expect(ran.numbers.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(ran.measured.map(([step]) => step)).toEqual([0, 5, 10]);
    ran.align.destroy();
  });

  const unmasked = LOSS_KINDS.filter((kind) => traitsOf(kind).queries !== "moving");
  test.each([...unmasked.map((kind) => [kind, "adamw"] as const), ["tsa", "muon"] as const])(
    "PyTorch's losses in float64, from its parameters: %s with %s",
    async (loss, optimizer) => {
      const goldens = parseProjectorGoldens(new Uint8Array(await (await fetch(goldensUrl)).arrayBuffer()));
      const { patches, teacher, first, config, clip, recipe } = goldens.training();
      const { inputs, outputs: C } = config;
      const clipOf = { grid: clip, patch: 4, inputs, C, tubelet: 1, motion: [] };
      const golden: AlignData = {
        ...clipOf,
        seen: Float32Array.from(patches),
        teacher: Float32Array.from(teacher),
        truthOf: () => null,
        trackOf: () => null,
      };
      const { tau, margin, lambda, clipNorm, learningRate, decay: weightDecay, steps } = recipe;
      const options = { tau, margin, lambda, clipNorm, learningRate, weightDecay, steps, muonRate: learningRate };
      const input = { ...options, loss, optimizer, heldFrames: null, evaluateEvery: 100 } as const;
      const state = initialState(recipeOf(input), golden);
      const layout = layoutOf(recipeOf(input), golden);
      for (const [i, { name }] of layout.parameters.entries())
        layout.view(state.tensors.parameters, name).set(first[i]);
      const ran = await train(golden, input, state);
      const name = `training.losses.${loss}${optimizer === "muon" ? ".muon" : ""}`;
      expectPinned(name, losses(ran), [...goldens.values(name)]);
      ran.align.destroy();
    },
  );

  test("M-TSA on frames in which nothing moves is refused, and leaves nothing behind", async () => {
    const motion = data.grid.H * data.grid.W;
    const still = { ...data, motion: Array.from({ length: 7 * motion }, (_, i) => (i < 4 * motion ? 0 : 1)) };
    const before = gpu().buffers.bytes;
    await expect(train(still, { loss: "mtsa" })).rejects.toThrow(
      /nothing changes in the frames trained on \(0-3\), so M-TSA has no query/,
    );
    expect(gpu().buffers.bytes).toBe(before);
    const ran = await train(still, { loss: "mtsa", steps: 1, trainFrames: [2, 5], heldFrames: null });
    expect(losses(ran)[0]).toBeGreaterThan(0);
    ran.align.destroy();
  });

  test("is the same to the last bit when run twice, paused, saved to a file and continued, or moved to another device", async () => {
    const changes: RecipeInput = { loss: "mtsa", rho: 0.4, batch: { windows: 2, frames: 2, flips: true } };
    const recipe = recipeOf(changes);
    const layout = layoutOf(recipe, data);
    const whole = await train(data, changes);
    const end = await whole.session.save();
    const again = await train(data, changes);
    expect(losses(again)).toEqual(losses(whole));
    expect(await again.session.save()).toEqual(end);

    const first = await train(data, changes, undefined, 6);
    expect(first.session.status).toBe("paused");
    const file = writeCheckpoint(await first.session.save(), layout, recipe, { clip: "drifting" });
    const checkpoint = readCheckpoint(file);
    expect(checkpoint).toMatchObject({ recipe, data: { clip: "drifting" }, step: 6 });
    const second = await train(data, changes, checkpoint.state(layout));
    expect([...losses(first), ...losses(second)]).toEqual(losses(whole));
    expect(await second.session.save()).toEqual(end);
    expect(second.measured.at(-1)).toEqual(whole.measured.at(-1));

    // Paused at 6, its device lost: it goes back to the state of step 4, which it kept by itself.
    const lost = await train(data, changes, undefined, 6);
    expect(lost.session.kept.step).toBe(4);
    lost.session.recover(await AlignRun.create(gpu(), recipe, data, lost.session.kept));
    expect(lost.session.step).toBe(4);
    lost.session.start();
    while (await lost.session.advance(noPause));
    expect(losses(lost)).toEqual([...losses(whole).slice(0, 6), ...losses(whole).slice(4)]);
    expect(await lost.session.save()).toEqual(end);
  });

  test("more tokens in its windows than a dispatch has groups in one dimension", async () => {
    const clip = drifting(32, 4, 9, 4, 2);
    const input: RecipeInput = { loss: "repa", hidden: [4, 4, 4], trainFrames: [0, 31], heldFrames: null, steps: 1 };
    const one = await train(clip, input);
    // 64 times the same 1152 tokens.
    const many = await train(clip, { ...input, batch: { windows: 64, frames: 0, flips: false } });
    expectClose("loss", losses(many), losses(one), { rtol: 1e-6, atol: 0 });
    one.align.destroy();
    many.align.destroy();
  });

  test("follows a float64 twin of the whole training for ten steps", async () => {
    const [F, H, W] = [4, 3, 4];
    const recipe = recipeOf({ lambda: 0.7, clipNorm: 0.5, weightDecay: 0.1 });
    const config = projectorConfig(recipe, data);
    const layout = layoutOf(recipe, data);
    const x = studentInput(data, recipe.trainFrames).subarray(0, F * H * W * config.inputs);
    const teacher = data.teacher.subarray(0, F * H * W * data.C);
    const first = initialState(recipe, data).tensors.parameters;
    const weights = layout.parameters.map(({ name }) => layout.view(first, name));
    const { weightDecay: decay } = recipe;
    const twin = trainTwin(weights, { ...recipe, decay, parameters: layout.parameters }, (values) => {
      const { y, backward } = reference.projector(x, layersOf(values), { B: 1, F, H, W, ...config });
      const shape = { F, S: H * W, Ct: data.C, Cs: data.C };
      const { loss, dStudent } = temperedAlignment(teacher, y, shape, recipe.tau);
      return { loss, gradients: backward(dStudent).flatMap(({ dw, db }) => [dw, db]) };
    });
    const ran = await train(data, recipe);
    expectPinned("losses", losses(ran), twin.losses);
    // A norm is a root of squares, which have the loss's error and their own.
    expectClose(
      "norms",
      ran.numbers.map(({ gradNorm }) => gradNorm),
      twin.norms,
      { rtol: 1e-4, atol: 0 },
    );
  });

  test("another seed is another run, and one step at a time is the same run", async () => {
    const other = await train(data, { seed: 2 });
    const base = await train(data);
    expect(losses(other)).not.toEqual(losses(base));
    const stepped = await train(data, {}, undefined, 0);
    for (let t = 0; t < 10; t++) await stepped.session.single(noPause);
    expect(losses(stepped)).toEqual(losses(base));
    expect(stepped.session.status).toBe("done");
    await expect(stepped.session.single(noPause)).rejects.toThrow(/cannot take one step of a run that is done/);
    expect(() => stepped.session.start()).toThrow(/run that is done/);
  });

  test("learns where tokens go, on frames that it never trained on too", async () => {
    const ran = await train(data, { steps: 60, evaluateEvery: 60, evaluate: "ema", emaDecay: 0.9 });
    const [[, before], [, after]] = ran.measured;
    expect(before.held!.teacher).toBeLessThan(0.9);
    expect(after.train.teacher).toBeGreaterThan(0.95);
    expect(after.train.truth).toBe(after.train.moving);
    expect(after.train.still).toBeNull();
    expect(after.train.teacherTruth).toBe(1);
    expect(after.train.entropyBits).toBeLessThan(before.train.entropyBits);
  });

  /** A first state whose loss is none. */
  const spoiltState = (): TrainableState => {
    const recipe = recipeOf();
    const state = initialState(recipe, data);
    const endless = state.tensors.parameters.slice();
    const conv = layoutOf(recipe, data).view(endless, "conv.weight");
    for (const [i, value] of conv.entries()) conv[i] = 3e38 * Math.sign(value);
    return { ...state, tensors: { ...state.tensors, parameters: endless } };
  };

  test("a loss that is not a number ends it with a sentence, and the last good student stays", async () => {
    const spoilt = spoiltState();
    const { session, numbers } = await train(data, { evaluateEvery: 1000 }, spoilt);
    expect(session.status).toBe("failed");
    expect(session.problem).toMatch(
      /step 1 gave a loss of .* the student of step 0 is kept; start again with a smaller/,
    );
    expect(numbers).toHaveLength(0);
    expect(session.step).toBe(0);
    const kept = await session.save();
    expect(kept.tensors.parameters).toEqual(spoilt.tensors.parameters);
    expect(kept.random).toBe(spoilt.random);
    expect(kept.step).toBe(0);
  });

  test("of several bad steps the first counts, however late the others' numbers come in", async () => {
    const spoilt = spoiltState();
    const run = await AlignRun.create(gpu(), recipeOf({ batch: { windows: 2, frames: 2, flips: true } }), data, spoilt);
    for (const step of [1, 2]) {
      await run.step(step, noPause);
      expect(await run.collect(true)).toMatchObject([{ step, bad: true }]);
    }
    expect(await run.save()).toMatchObject({ step: 0, random: spoilt.random });
    run.destroy();
  });

  test("a start that fails on the way, wherever it does, leaves nothing behind", async () => {
    const g = gpu();
    const recipe = recipeOf({ loss: "mtsa", rho: 0.4 });
    const state = initialState(recipe, data);
    const before = [g.buffers.count, g.buffers.bytes];
    const create = g.buffers.create.bind(g.buffers);
    let made = 0;
    try {
      for (let failing = 1; ; failing += 5) {
        made = 0;
        g.buffers.create = (...args) => {
          made++;
          if (made === failing) throw new GpuError("limits", "this GPU allows no more");
          return create(...args);
        };
        const started = AlignRun.create(g, recipe, data, state);
        // Past the last buffer it works: every place before it has been tried.
        const align = await started.catch((error: unknown) => {
          expect(String(error)).toContain("this GPU allows no more");
          return null;
        });
        align?.destroy();
        expect([g.buffers.count, g.buffers.bytes]).toEqual(before);
        if (align) break;
      }
    } finally {
      g.buffers.create = create;
    }
    expect(made).toBeGreaterThan(50);
  });

  test("twenty runs leave the memory where the first left it, and take what was estimated", async () => {
    const g = gpu();
    const before = g.buffers.bytes;
    let after = 0;
    for (let i = 0; i < 20; i++) {
      const loss = LOSS_KINDS[i % LOSS_KINDS.length];
      const { align } = await train(data, { loss, steps: 2, evaluateEvery: 2 });
      const { bytes } = runCost(recipeOf({ loss }), data);
      const held = g.buffers.bytes - before;
      // Uniforms, staging and scratch of a few KB are not in the estimate, and weigh much beside a student this small.
      expect(Math.abs(held - bytes)).toBeLessThan(0.1 * bytes + 65536);
      align.destroy();
      if (i === 0) after = g.buffers.bytes;
      expect(g.buffers.bytes).toBe(after);
    }
    expect(after).toBe(before);
  });
});
