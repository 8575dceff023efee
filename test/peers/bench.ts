// The page that `npm run bench` drives: our bench, then our TSA step and the peers' in turns on the same adapter.
import { AlignmentLoss } from "../../src/alignment/alignment_loss.ts";
import { benchLoss, runBench, timeStep } from "../../src/bench/bench.ts";
import { createGpu } from "../../src/gpu/gpu.ts";
import { summariseTimes } from "../../src/gpu/timing.ts";
import { normals } from "../support/random.ts";
import { compareAlign } from "./align.ts";
import { jaxPeer } from "./jax.ts";
import type { PeerInput } from "./peer.ts";
import { compareStudent } from "./student_step.ts";
import { tensorflowPeer } from "./tensorflow.ts";

/** Each round times every contestant once, so that a busy neighbour slows all of them. */
async function comparePeers(runs: number) {
  const [F, S, C, tau] = [8, 64, 192, 0.1];
  const input: PeerInput = { F, S, C, tau, teacher: normals(F * S * C, 1), student: normals(F * S * C, 2) };
  const gpu = await createGpu();
  const buffers = {
    teacher: gpu.buffers.upload("teacher", input.teacher),
    student: gpu.buffers.upload("student", input.student),
  };
  const shape = { B: 1, F, S, Ct: C, Cs: C };
  const tsa = await AlignmentLoss.create(gpu, { kind: "tsa", shape, tau, ...buffers });
  const mtsa = await AlignmentLoss.create(gpu, { kind: "mtsa", shape, tau, ...buffers, motion: normals(F * S, 3) });
  const peers = [await jaxPeer(input), await tensorflowPeer(input)];
  const contestants = [
    { name: "tsa", step: () => timeStep(gpu, tsa, true) },
    { name: "tsa, teacher kept", step: () => timeStep(gpu, tsa, false) },
    { name: "mtsa", step: () => timeStep(gpu, mtsa, true) },
    { name: "mtsa, teacher kept", step: () => timeStep(gpu, mtsa, false) },
    ...peers,
  ];
  const times = contestants.map((): number[] => []);
  for (let run = 0; run < runs + 2; run++) {
    for (const [i, { name, step }] of contestants.entries()) {
      // Ten times slower than the rest: enough runs for a median, not for patience.
      if (name === "TensorFlow.js" && run > Math.max(4, runs / 2)) continue;
      const time = await step();
      if (run >= 2) times[i].push(time);
    }
    console.log(`peers, round ${run + 1} of ${runs + 2}`);
  }
  const [loss, gradient] = await gpu.readback.readAll([
    { buffer: tsa.loss, bytes: 4 },
    { buffer: tsa.dStudent, bytes: 4 * F * S * C },
  ]);
  const largest = gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const agreement = await Promise.all(
    peers.map(async (peer) => {
      const theirs = await peer.result();
      const off = theirs.gradient.reduce((most, value, i) => Math.max(most, Math.abs(value - gradient[i])), 0);
      return { name: peer.name, loss: [loss[0], theirs.loss], gradientDifference: off / largest };
    }),
  );
  gpu.destroy();
  const results = contestants.map(({ name }, i) => ({ name, ...summariseTimes(times[i]) }));
  const median = (name: string) => results.find((result) => result.name === name)?.median ?? Number.NaN;
  const ratios = {
    "jax-js / tsa": median("jax-js") / median("tsa"),
    "jax-js / tsa, teacher kept": median("jax-js") / median("tsa, teacher kept"),
    "TensorFlow.js / tsa": median("TensorFlow.js") / median("tsa"),
    "tsa / mtsa": median("tsa") / median("mtsa"),
    "tsa / mtsa, teacher kept": median("tsa, teacher kept") / median("mtsa, teacher kept"),
  };
  return { shape, results, ratios, agreement };
}

/** The tiled form beside the stored one at the paper's size, and alone at the size that cannot be stored. */
async function compareForms(runs: number) {
  const gpu = await createGpu();
  const shape = { B: 1, F: 24, S: 150, Ct: 768, Cs: 768 };
  const results = [];
  for (const kind of ["mtsa", "tsa"] as const) {
    for (const form of ["stored", "tiled"] as const) {
      console.log(`${kind} ${form} at 24×10×15, C = 768`);
      const { kept, fresh, bytes, flop } = await benchLoss(gpu, kind, form, shape, runs, null, false);
      results.push({ kind, form, bytes, flop, kept, fresh });
    }
  }
  gpu.destroy();
  return { shape, results };
}

async function own(runs: number) {
  const gpu = await createGpu();
  const found = await runBench(gpu, { runs }, (what, share) => console.log(`${Math.round(100 * share)} % ${what}`));
  gpu.destroy();
  return found;
}

/** The parts of `npm run bench`, by the names that it asks for; each takes its number of runs. */
Object.assign(globalThis, {
  temperedBench: { own, peers: comparePeers, forms: compareForms, align: compareAlign, student: compareStudent },
});
