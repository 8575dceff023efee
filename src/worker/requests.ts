import { isModelId } from "../encoders/own_model.ts";
import { loadPart } from "../site/files.ts";
import { bring } from "./brought/features.ts";
import { keepModel, keptModels } from "./brought/kept_models.ts";
import { bringMask } from "./brought/mask.ts";
import { checkEncoder } from "./checks.ts";
import { agreement, features, mask, query, returns, tauCurve } from "./correspond.ts";
import { encode, modelOf, ownModels, ownStudents } from "./encode.ts";
import { keptClips, removeKeptClips } from "./kept.ts";
import type { LazyHost } from "./lazy_host.ts";
import { open, survey, thumbnails } from "./open.ts";
import type { Correspondence, GpuMemory, Replies, Request, RequestType, WarmRequest } from "./protocol.ts";
import type { Policy } from "./queue.ts";
import { sandboxCheck, sandboxDraw, sandboxInfo, sandboxPoster } from "./sandbox/sandbox.ts";
import type { StudentTrainer } from "./student/trainer.ts";
import type { Trainer } from "./train/train.ts";
import { encoderContext, progressOf, type Running, unstoppable, type Workspace } from "./workspace.ts";

export interface Context {
  readonly space: Workspace;
  readonly trainer: LazyHost<Trainer>;
  readonly students: LazyHost<StudentTrainer>;
}

/**
 * Everything about one kind of request. Its functions are methods, so that a row of one kind passes where one of any kind is
 * expected: the core picks the row by the request's own type.
 */
interface Row<R extends Request, Reply> extends Policy {
  /** Does it. */
  handle(context: Context, request: R, running: Running): Promise<Reply> | Reply;
  /** What of the reply moves to the page instead of being copied: only what nothing in the worker goes on using. */
  moves?(reply: Reply): readonly (Transferable | ArrayBufferView | null)[];
  /** What is waited for before the request joins the queue, which goes on meanwhile. Never rejects. */
  first?(context: Context, request: R): Promise<unknown>;
  /** Handled as soon as it arrives, whatever else runs. */
  readonly unqueued?: true;
}

export type AnyRow = Row<Request, Replies[RequestType]>;

/** What takes its time over what is encoded. */
const OF_CLIP = ["agreement", "score", "returns", "tau-curve", "flow"] as const;

/** Parts that load when they are first asked for. */
const tracking = () => loadPart("the reader of tracks", () => import("./brought/truth.ts"));
const comparing = () => loadPart("the comparison", () => import("./compare/parts.ts"));
const training = () => loadPart("the training", () => import("./train/train.ts"));
const generating = () => loadPart("the generator", () => import("./generate.ts"));
const judging = () => loadPart("the judge", () => import("./judge.ts"));
const benching = () => loadPart("the bench", () => import("./bench.ts"));

/** Everything that needs the pair of a comparison. */
const COMPARES = [
  "compare",
  "compare-query",
  "compare-losses",
  "compare-chance",
  "compare-sweep",
  "compare-layers",
] as const;

const ofQuery = ({ similarity, probabilities, entropyBits, truth }: Correspondence) => [
  similarity,
  ...probabilities,
  ...entropyBits,
  truth,
];

/** The requests: the one table of what each does and how it queues. */
export const REQUESTS: { readonly [T in RequestType]: Row<Extract<Request, { type: T }>, Replies[T]> } = {
  boot: { handle: ({ space }, request) => space.compute.boot(request) },
  open: {
    handle: ({ space }, request, running) => open(space, request, running),
    replaces: ["open", "encode", "survey", ...COMPARES],
    stops: ["open", "encode", "survey", ...OF_CLIP, ...COMPARES],
  },
  bring: { handle: ({ space }, request) => bring(space, request), turn: "quick" },
  encode: {
    handle: ({ space }, request, running) => encode(space, request, running),
    moves: ({ images }) => images,
    replaces: ["encode"],
    stops: ["encode", ...OF_CLIP],
  },
  // A query is over before it could be stopped.
  query: {
    handle: ({ space }, request) => query(space, request),
    moves: ofQuery,
    replaces: ["query"],
    turn: "quick",
  },
  mask: {
    handle: ({ space }, request) => mask(space, request),
    moves: ({ saliency, mask: kept }) => [saliency, kept],
    replaces: ["mask"],
    turn: "quick",
  },
  agreement: {
    handle: ({ space }, request, running) => agreement(space, request, running),
    replaces: ["agreement"],
    stops: ["agreement"],
  },
  flow: {
    handle: async ({ space }, _, running) => {
      const { flow } = await loadPart("the optical flow", () => import("./flow.ts"));
      return flow(space, running);
    },
    moves: ({ vectors }) => [vectors],
    replaces: ["flow"],
    stops: ["flow"],
  },
  "bring-mask": { handle: ({ space }, request) => bringMask(space, request), turn: "quick" },
  returns: {
    handle: ({ space }, request, running) => returns(space, request, running),
    moves: ({ positions }) => [positions],
    replaces: ["returns"],
    stops: ["returns"],
  },
  "tau-curve": {
    handle: ({ space }, request, running) => tauCurve(space, request, running),
    replaces: ["tau-curve"],
    stops: ["tau-curve"],
    turn: "patient",
  },
  "bring-model": {
    handle: async ({ space }, request) => (await ownModels()).bringModel(space, request),
    turn: "quick",
  },
  "try-model": {
    handle: async ({ space }, request, running) => (await ownModels()).tryModel(space, request, running),
    replaces: ["try-model"],
    stops: ["try-model"],
  },
  "keep-model": {
    async handle({ space }, request) {
      const { filesOf, holdInMemory } = await ownModels();
      if (!request.keep) await holdInMemory(space, request.id);
      return keepModel(request, (id) => filesOf(space, id));
    },
    turn: "patient",
  },
  "kept-models": { handle: () => keptModels(), turn: "patient" },
  "bring-student": { handle: async ({ space }, request) => (await ownStudents()).bringStudent(space, request) },
  truth: {
    handle: async ({ space }, request) => (await tracking()).truth(space, request),
    stops: ["agreement", "score", "tau-curve"],
  },
  score: {
    handle: async ({ space }, request, running) => (await tracking()).score(space, request, running),
    replaces: ["score"],
    stops: ["score"],
  },
  thumbnails: {
    handle: ({ space }, request) => thumbnails(space, request),
    moves: ({ images }) => images,
    turn: "patient",
  },
  survey: {
    handle: ({ space }, request, running) => survey(space, request, running),
    replaces: ["survey"],
    stops: ["survey"],
    turn: "patient",
  },
  features: { handle: ({ space }) => features(space), moves: ({ data }) => [data] },
  memory: { handle: ({ space }) => memory(space), turn: "quick" },
  // The download does not hold up the queue; if it fails, the request tries again and answers with the failure.
  warm: { first: download, handle: ({ space }, request) => warm(space, request), turn: "patient" },
  compare: {
    handle: async ({ space }, request, running) => (await comparing()).compare(space, request, running),
    moves: ({ images, studentImages }) => [...images, ...studentImages],
    replaces: COMPARES,
    stops: COMPARES,
  },
  "compare-query": {
    handle: async ({ space }, request) => (await comparing()).compareQuery(space, request),
    moves: ({ teacher, student, gradient, kl, truth }) => [
      ...[teacher, student].flatMap(({ similarity, probabilities }) => [similarity, probabilities]),
      gradient,
      kl,
      truth,
    ],
    replaces: ["compare-query"],
    turn: "quick",
    notDuring: ["compare"],
  },
  "compare-losses": {
    handle: async ({ space }, request, running) => (await comparing()).compareLosses(space, request, running),
    replaces: ["compare-losses"],
    stops: ["compare-losses"],
  },
  "compare-chance": {
    handle: async ({ space }, request, running) => (await comparing()).compareChance(space, request, running),
    replaces: ["compare-chance"],
    stops: ["compare-chance"],
  },
  "compare-sweep": {
    handle: async ({ space }, request, running) => (await comparing()).compareSweep(space, request, running),
    replaces: ["compare-sweep"],
    stops: ["compare-sweep"],
    turn: "patient",
  },
  "compare-layers": {
    handle: async ({ space }, request, running) => (await comparing()).compareLayers(space, request, running),
    replaces: ["compare-layers"],
    stops: ["compare-layers"],
    turn: "patient",
  },
  "train-start": { handle: async ({ trainer }, request) => (await trainer.load()).start(request) },
  "train-step": { handle: async ({ trainer }, _, { pause }) => (await trainer.load()).step(pause) },
  "train-pause": { handle: async ({ trainer }) => (await trainer.load()).pause() },
  "train-resume": { handle: async ({ trainer }) => (await trainer.load()).resume() },
  "train-stop": { handle: async ({ trainer }) => (await trainer.load()).stop() },
  "train-checkpoint": {
    handle: async ({ trainer }) => (await trainer.load()).checkpoint(),
    moves: ({ bytes }) => [bytes],
  },
  "train-restore": { handle: async ({ trainer }, request) => (await trainer.load()).restore(request) },
  "train-inspect": { handle: async (_, { bytes }) => (await training()).inspect(bytes) },
  "train-estimate": { handle: async ({ trainer }, request) => (await trainer.load()).estimate(request) },
  "train-watch": { handle: async ({ trainer }, request, { pause }) => (await trainer.load()).watch(request, pause) },
  "train-matches": {
    handle: async ({ trainer }, request, { pause }) => (await trainer.load()).matches(request, pause),
    moves: ofQuery,
  },
  "student-estimate": {
    handle: async ({ students }, request) => (await students.load()).estimate(request),
    replaces: ["student-estimate"],
  },
  "student-measure": {
    handle: async ({ students }, request, { pause }) => (await students.load()).measure(request, pause),
  },
  // When its turn comes the queue has done it.
  "student-measure-stop": { handle: () => null, replaces: ["student-measure"], stops: ["student-measure"] },
  "student-start": {
    handle: async ({ students }, request, running) => (await students.load()).start(request, running),
  },
  "student-restore": {
    handle: async ({ students }, request, running) => (await students.load()).restore(request, running),
  },
  "student-step": { handle: async ({ students }, { run }, { pause }) => (await students.load()).step(run, pause) },
  "student-pause": {
    handle: async ({ students }, { run }) => (await students.load()).pause(run),
    first: async ({ students }, { run }) => students.loaded?.interrupt(run, "pause"),
  },
  "student-resume": { handle: async ({ students }, { run }) => (await students.load()).resume(run) },
  "student-stop": {
    handle: async ({ students }, { run }) => (await students.load()).stop(run),
    first: async ({ students }, { run }) => students.loaded?.interrupt(run, "stop"),
    replaces: ["student-start", "student-restore"],
    replacesOfRun: ["student-plausible"],
    stops: ["student-start", "student-restore"],
    // A step that is broken off has changed the student by half, and would be taken again.
    stopsOfRun: ["student-step", "student-plausible"],
  },
  "student-checkpoint": {
    handle: async ({ students }, { run }) => (await students.load()).checkpoint(run),
    moves: ({ bytes }) => [bytes],
  },
  "student-correspond": {
    handle: async ({ students }, request, { pause }) => (await students.load()).correspond(request, pause),
    replacesOfRun: ["student-correspond"],
  },
  "student-plausible": {
    handle: async ({ students }, request, { pause }) => (await students.load()).plausible(request, pause),
  },
  // When its turn comes the queue has done it.
  "student-plausible-stop": {
    handle: () => null,
    replacesOfRun: ["student-plausible"],
    stopsOfRun: ["student-plausible"],
  },
  "student-tensors": {
    handle: async ({ students }, { run }, { pause }) => (await students.load()).tensors(run, pause),
  },
  "kept-clips": { handle: () => keptClips(), turn: "quick" },
  "kept-clips-remove": { handle: (_, { name }) => removeKeptClips(name) },
  "sandbox-info": { handle: ({ space }) => sandboxInfo(space), turn: "quick" },
  "sandbox-poster": {
    handle: ({ space }, request) => sandboxPoster(space, request),
    moves: ({ image }) => [image],
    turn: "patient",
  },
  "sandbox-check": {
    handle: ({ space }, request) => sandboxCheck(space, request),
    replaces: ["sandbox-check"],
    turn: "quick",
  },
  "sandbox-draw": { handle: ({ space }, request) => sandboxDraw(space, request) },
  judge: {
    handle: async ({ space }, request, running) => (await judging()).judge(space, request, running),
    moves: ({ frames }) => [frames],
    replaces: ["judge", "generate"],
    stops: ["judge", "generate"],
  },
  generate: {
    handle: async ({ space }, request, running) => (await generating()).generate(space, request, running),
    moves: ({ made, simulated }) => [made.frames, simulated.frames],
    replaces: ["generate"],
    stops: ["generate"],
  },
  // When its turn comes the queue has done it.
  "generate-stop": { handle: () => null, replaces: ["generate"], stops: ["generate"] },
  // The parts that are measured are lost: a bench is of one run.
  "bench-stop": { handle: () => null, replaces: ["bench"], stops: ["bench"] },
  bench: { handle: async ({ space }, request, running) => (await benching()).bench(space, request, running) },
  // Not queued: a driver does not wait for a request to finish either.
  "lose-device": {
    handle({ space }) {
      space.compute.loseDevice();
      return null;
    },
    unqueued: true,
  },
};

function memory({ compute }: Workspace): GpuMemory {
  const buffers = compute.gpu?.buffers;
  if (!buffers) return { buffers: 0, bytes: 0, peakBytes: 0, list: [] };
  return { buffers: buffers.count, bytes: buffers.bytes, peakBytes: buffers.peakBytes, list: buffers.list() };
}

async function download({ space: { compute, emit } }: Context, { encoder }: WarmRequest): Promise<void> {
  const model = modelOf(encoder);
  if (model !== null) await compute.models.download(model, progressOf(emit)).catch(() => {});
}

async function warm(space: Workspace, { encoder }: WarmRequest): Promise<null> {
  checkEncoder(encoder);
  if (isModelId(encoder)) await (await ownModels()).warmModel(space, encoder);
  const model = modelOf(encoder);
  if (model !== null) await space.compute.models.use(model, encoderContext(space, unstoppable), async () => {});
  return null;
}
