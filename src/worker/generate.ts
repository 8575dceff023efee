import { decodeLatents, encodeFrames } from "../encoders/autoencoder.ts";
import type { Models } from "../encoders/models.ts";
import { STUDENT, studentDenoiser } from "../encoders/student_model.ts";
import type { EncoderContext } from "../encoders/types.ts";
import { gaussianNoise } from "../student/noise.ts";
import { sample } from "../student/sampler.ts";
import { packedRgb, planarRgb } from "../video/tubelets.ts";
import { CLIP } from "../world/types.ts";
import { checkGenerate } from "./checks.ts";
import { judgeExhibit } from "./judge.ts";
import type { Generated, GeneratedSource, GenerateProgress, GenerateRequest } from "./protocol.ts";
import { rgba } from "./sandbox/sandbox.ts";
import { encoderContext, type Running, type Workspace } from "./workspace.ts";

const SIZE = { width: CLIP.size, height: CLIP.size };

/** What every part of the work needs. */
interface Task extends Running {
  tell(stage: GenerateProgress["stage"], done: number, total: number): void;
  /** Of the current device. */
  context(): EncoderContext;
}

/**
 * From noise to a judged clip. Others may be served between two steps: nothing here depends on the open clip, and each step
 * takes the device of its time.
 * @throws BadRequest; SandboxError where the sentence is none of the grammar's; EncoderError, GpuError
 */
export async function generate(
  space: Workspace,
  { type: _, ...asked }: GenerateRequest,
  running: Running,
): Promise<Generated> {
  checkGenerate(asked);
  const { sandbox } = space;
  const clip = (await sandbox.load()).makeClip(asked.prompt, asked.seed);
  const { prompt, template } = clip;
  await running.giveWay();

  const task = taskOf(space, running);
  const { entry, provider } = await loadModels(space.compute.models, asked.given, task);
  const start = performance.now();
  const frames = await draw({ ...asked, prompt }, clip.frames, task);
  const generateMs = performance.now() - start;

  const { name, sha256, card } = entry;
  const model = { name, sha256, card: `models/${card}`, parameters: STUDENT.parameters };
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
    context: () => ({
      ...encoderContext(space, running.signal),
      progress({ stage, done, total }) {
        if (stage !== "encoding") tell(stage, done, total);
      },
    }),
  };
}

/** Downloads missing models in parallel under one progress bar, then starts the student. */
async function loadModels(models: Models, given: boolean, { tell, context, signal }: Task) {
  const parts = new Map<string, { readonly done: number; readonly total: number }>();
  const sum = (key: "done" | "total") => [...parts.values()].reduce((all, part) => all + part[key], 0);
  const needed = ["student", "autoencoder-decoder", ...(given ? ["autoencoder-encoder"] : [])];
  await Promise.all(
    needed.map((id) =>
      models.download(id, (part) => {
        parts.set(id, part);
        tell("downloading", sum("done"), sum("total"));
      }),
    ),
  );
  signal.throwIfAborted();
  return models.use("student", context(), async ({ entry, provider }) => ({ entry, provider }));
}

/** Frames U8 [16, 64, 64, 3] by the student; `simulated` are the simulator's, of which the first may be given. */
async function draw(
  { prompt, seed, steps, guidance, given }: Omit<GenerateRequest, "type">,
  simulated: Uint8Array,
  { tell, context, signal, giveWay }: Task,
): Promise<Uint8Array<ArrayBuffer>> {
  const { S, tokens, values } = STUDENT;
  tell("denoising", 0, steps);
  const known = given ? await encodeFrames(planarRgb(rgba(simulated), SIZE), context()) : null;
  const latents = await sample((x, t, guided) => studentDenoiser(prompt, given, context())(x, t, guided), {
    noise: gaussianNoise(tokens * values, seed),
    first: known?.subarray(0, S * values) ?? null,
    steps,
    guidance,
    signal,
    progress(done, total) {
      tell("denoising", done, total);
      return giveWay();
    },
  });
  tell("decoding", 0, 1);
  return packedRgb(await decodeLatents(latents, context()), SIZE);
}
