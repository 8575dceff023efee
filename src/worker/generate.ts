import { decodeLatents, encodeFrames } from "../encoders/autoencoder.ts";
import type { Models } from "../encoders/models.ts";
import { STUDENT, studentDenoiser, wordIds } from "../encoders/student_model.ts";
import type { EncoderContext } from "../encoders/types.ts";
import { gaussianNoise } from "../student/noise.ts";
import { type Denoise, sample } from "../student/sampler.ts";
import { TrainedStudent } from "../train/diffusion/trained.ts";
import { packedRgb, planarRgb } from "../video/tubelets.ts";
import { CLIP } from "../world/types.ts";
import { named } from "./brought/reading.ts";
import { gpuOf, readStudent } from "./brought/students.ts";
import { checkGenerate } from "./checks.ts";
import { judgeExhibit } from "./judge.ts";
import type { Generated, GeneratedSource, GenerateProgress, GenerateRequest } from "./protocol.ts";
import { rgba } from "./sandbox/sandbox.ts";
import { encoderContext, type Running, type Workspace } from "./workspace.ts";

const SIZE = { width: CLIP.size, height: CLIP.size };

/** What every part of the work needs. */
interface Task extends Running {
  tell(stage: GenerateProgress["stage"], done: number, total: number): void;
  show(done: number, total: number, frames: Uint8Array<ArrayBuffer>): void;
  /** Of the current device. */
  context(): EncoderContext;
}

/**
 * From noise to a judged clip. Others may be served between two steps: nothing here depends on the open clip, and each step
 * takes the device of its time.
 * @throws BadRequest; SandboxError where the sentence is none of the grammar's; BroughtError "student-file"; EncoderError, GpuError
 */
export async function generate(
  space: Workspace,
  { type: _, trained, ...asked }: GenerateRequest,
  running: Running,
): Promise<Generated> {
  checkGenerate(asked);
  const { sandbox } = space;
  const clip = (await sandbox.load()).makeClip(asked.prompt, asked.seed);
  const { prompt, template } = clip;
  await running.giveWay();

  const task = taskOf(space, running);
  const painter = trained
    ? await ownStudent(space, trained, asked.given, task)
    : await ourStudent(space, asked.given, task);
  const { model, provider } = painter;
  const start = performance.now();
  const frames = await draw({ ...asked, prompt }, clip.frames, painter.denoise, task).finally(() => painter.release());
  const generateMs = performance.now() - start;

  const source: GeneratedSource = { kind: "student", ...asked, prompt, model };
  const made = await judgeExhibit(sandbox, { frames, prompt, template }, source);
  await running.giveWay();
  const simulator = { kind: "sandbox", prompt, seed: asked.seed, corruption: null } as const;
  const simulated = await judgeExhibit(sandbox, clip, simulator);
  running.signal.throwIfAborted();
  return { made, simulated, provider, generateMs };
}

function taskOf(space: Workspace, running: Running): Task {
  const tell: Task["tell"] = (stage, done, total) => space.emit({ type: "generate-progress", stage, done, total });
  return {
    ...running,
    tell,
    show: (done, total, frames) => space.emit({ type: "generate-preview", done, total, frames }),
    context: () => ({
      ...encoderContext(space, running.signal),
      progress({ stage, done, total }) {
        if (stage !== "encoding") tell(stage, done, total);
      },
    }),
  };
}

/** A student that is ready to draw. */
interface Painter extends Pick<Generated, "provider"> {
  readonly model: GeneratedSource["model"];
  denoise(prompt: string, given: boolean): Denoise;
  release(): void;
}

/** The shipped one, in onnxruntime. */
async function ourStudent({ compute }: Workspace, given: boolean, task: Task): Promise<Painter> {
  await download(compute.models, ["student", ...autoencoderParts(given)], task);
  const { entry, provider } = await compute.models.use("student", task.context(), async (session) => session);
  const { name, sha256, card } = entry;
  return {
    provider,
    model: { name, sha256, card: `models/${card}`, parameters: STUDENT.parameters },
    // Of the device of its time, which may be another at each step.
    denoise: (prompt, first) => (x, t, guided) => studentDenoiser(prompt, first, task.context())(x, t, guided),
    release() {},
  };
}

/**
 * One that the user trained, on our own kernels.
 * @throws BadRequest where there is no WebGPU; BroughtError "student-file" where the file is no student of this world
 */
async function ownStudent(
  { compute }: Workspace,
  { name, bytes }: NonNullable<GenerateRequest["trained"]>,
  given: boolean,
  task: Task,
): Promise<Painter> {
  const gpu = gpuOf(compute);
  const { tensors, shape } = await named("student-file", name, () => readStudent(bytes));
  await download(compute.models, autoencoderParts(given), task);
  const sha256 = hexOf(await crypto.subtle.digest("SHA-256", bytes));
  const own = await TrainedStudent.load(gpu, tensors, shape);
  return {
    provider: "webgpu",
    model: { name, sha256, card: null, parameters: own.parameters },
    denoise: (prompt, first) => own.denoiser(Array.from(wordIds(prompt), Number), first, task.giveWay),
    release: () => own.destroy(),
  };
}

const hexOf = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

const autoencoderParts = (given: boolean): string[] => [
  "autoencoder-decoder",
  ...(given ? ["autoencoder-encoder"] : []),
];

/** Downloads missing models in parallel under one progress bar. */
async function download(models: Models, needed: readonly string[], { tell, signal }: Task): Promise<void> {
  const parts = new Map<string, { readonly done: number; readonly total: number }>();
  const sum = (key: "done" | "total") => [...parts.values()].reduce((all, part) => all + part[key], 0);
  await Promise.all(
    needed.map((id) =>
      models.download(
        id,
        (part) => {
          parts.set(id, part);
          tell("downloading", sum("done"), sum("total"));
        },
        signal,
      ),
    ),
  );
  signal.throwIfAborted();
}

/** Frames U8 [16, 64, 64, 3] by the student; `simulated` are the simulator's, of which the first may be given. */
async function draw(
  { prompt, seed, steps, guidance, given }: Omit<GenerateRequest, "type" | "trained">,
  simulated: Uint8Array,
  denoise: Painter["denoise"],
  { tell, show, context, signal, giveWay }: Task,
): Promise<Uint8Array<ArrayBuffer>> {
  const { S, tokens, values } = STUDENT;
  tell("denoising", 0, steps);
  const known = given ? await encodeFrames(planarRgb(rgba(simulated), SIZE), context()) : null;
  const latents = await sample(denoise(prompt, given), {
    noise: gaussianNoise(tokens * values, seed),
    first: known?.subarray(0, S * values) ?? null,
    steps,
    guidance,
    signal,
    async progress(done, total, x0) {
      tell("denoising", done, total);
      await giveWay();
      if (!isLook(done, total)) return;
      show(done, total, packedRgb(await decodeLatents(x0, context()), SIZE));
      tell("denoising", done, total);
    },
  });
  tell("decoding", 0, 1);
  return packedRgb(await decodeLatents(latents, context()), SIZE);
}

/** How often the guess is shown before the clip is there: a look costs as much as turning the clip itself into frames. */
const LOOKS = 3;

/** Whether the guess is shown after so many steps: at a quarter, half and three quarters of them; of a few steps never, they are soon over. */
const isLook = (done: number, total: number): boolean =>
  total > LOOKS &&
  done < total &&
  Math.floor(((LOOKS + 1) * done) / total) > Math.floor(((LOOKS + 1) * (done - 1)) / total);
