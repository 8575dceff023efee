import { ComputeFailure, startCompute } from "../state/client.ts";
import type { StudentRecipeInput } from "../train/diffusion/recipe.ts";
import { type StepsChange, type StudentSample, type WorkerEvent, YARDSTICKS } from "../worker/protocol.ts";
import { base64 } from "./base64.ts";
import { adapterName, askingOf, cutAfter, tellStepsChange, trainingBegins, trainingEnds } from "./training.ts";

export interface TrainRequest {
  /** Which of the page's files is the checkpoint that it goes on from, or the weights that it starts with; null: none. */
  readonly resume: number | null;
  readonly weights: number | null;
  /** What the shell gave; with a checkpoint, only `steps` counts. */
  readonly recipe: StudentRecipeInput;
  readonly checkpoint: boolean;
}

interface TrainJson {
  readonly recipe: object;
  readonly shape: object;
  readonly adapter: string | null;
  readonly parameters: number;
  readonly gpu_bytes: number;
  readonly status: string;
  /** Where it went on for other steps than before: rates that fall over all of them jumped there. */
  readonly steps_changed: readonly StepsChange[];
  readonly steps: {
    readonly step: number;
    readonly loss: number;
    readonly diffusion: number;
    readonly alignment: number | null;
    readonly lambda: number;
    readonly grad_norm: number;
    readonly ms: number;
  }[];
  readonly samples: {
    readonly step: number;
    readonly prompt: string;
    readonly seed: number;
    readonly centre_error: number;
    readonly still_error: number;
    readonly bodies_sought?: number;
    readonly bodies_seen?: number;
    readonly sa: number;
    readonly pc: number;
    readonly joint: boolean;
  }[];
  /** How often the verdicts hold for clips whose quality is known: to be read beside those of `samples`. */
  readonly yardsticks: typeof YARDSTICKS;
  /** Both losses' gradients at the aligned features, whenever a look was taken. */
  readonly gradients: {
    readonly step: number;
    readonly diffusion: number;
    readonly alignment: number;
    readonly cosine: number;
  }[];
}

export type TrainReply =
  | {
      readonly ok: true;
      readonly json: TrainJson;
      /** A sentence when the run failed; its numbers up to there are in `json`. */
      readonly problem: string | null;
      readonly step: number;
      /** base64 */
      readonly checkpoint: string | null;
    }
  | { readonly ok: false; readonly message: string; readonly code: string };

const RUN = 1;

/** `npm run train`: trains the diffusion student on a task's clips. A failure comes back as its sentence, never as an exception. */
export async function train(request: TrainRequest): Promise<TrainReply> {
  const files = document.querySelector<HTMLInputElement>("input[type=file]")?.files;
  const bytesOf = async (index: number | null) => {
    const file = index === null ? null : (files?.[index] ?? null);
    return file && new Uint8Array(await file.arrayBuffer());
  };
  const [steps, samples, gradients]: [TrainJson["steps"], TrainJson["samples"], TrainJson["gradients"]] = [[], [], []];
  let over: () => void = () => {};
  const done = new Promise<void>((resolve) => {
    over = resolve;
  });
  const onEvent = (event: WorkerEvent) => {
    if (event.type === "student-step-done") {
      const { step, loss, diffusion, alignment, lambda, gradNorm, ms } = event;
      steps.push({ step, loss, diffusion, alignment, lambda, grad_norm: gradNorm, ms: Math.round(ms) });
      if (step % 10 === 0 || step === 1) console.info(`step ${step} loss ${loss.toPrecision(5)}`);
    } else if (event.type === "student-look") {
      const { step, joint } = event;
      // After a restored device a look is drawn again.
      cutAfter(step - 1, samples, gradients);
      samples.push(...event.samples.map((sample) => sampleJson(step, sample)));
      if (joint) gradients.push({ step, ...joint });
    } else if (event.type === "student-prepared" && event.ready % 16 === 0) {
      console.info(`${event.ready} of ${event.total} clips prepared`);
    } else if (event.type === "student-state") {
      cutAfter(event.step, steps, samples, gradients);
      if (event.status === "done" || event.status === "failed") over();
    } else if (event.type === "device-gone") over();
  };
  const client = startCompute(onEvent);
  const ask = askingOf(client);
  try {
    const { adapter } = await ask({ type: "boot", backend: "auto" });
    const resume = await bytesOf(request.resume);
    const started = resume
      ? await ask({
          type: "student-restore",
          run: RUN,
          bytes: resume,
          status: "running",
          steps: request.recipe.steps ?? null,
        })
      : await ask({
          type: "student-start",
          run: RUN,
          recipe: request.recipe,
          weights: await bytesOf(request.weights),
          status: "running",
        });
    const { recipe, shape, parameters, bytes: gpu_bytes } = started;
    if (started.projectorAnew) console.info(started.projectorAnew);
    const about = {
      recipe,
      shape,
      adapter: adapter && adapterName(adapter),
      parameters,
      gpu_bytes,
      steps_changed: tellStepsChange(started),
      ...(resume && { resumed_at: started.step }),
    };
    const jsonOf = (status: string): TrainJson => ({
      ...about,
      status,
      steps,
      samples,
      yardsticks: YARDSTICKS,
      gradients,
    });
    const checkpointOf = async () => {
      if (!request.checkpoint) return null;
      const { bytes } = await ask({ type: "student-checkpoint", run: RUN });
      return base64(new Blob([bytes]));
    };
    trainingBegins({
      soFar: async () => ({ checkpoint: await checkpointOf(), json: jsonOf("running") }),
      stop: async () => {
        await ask({ type: "student-pause", run: RUN });
        over();
      },
    });
    await done;
    trainingEnds();
    const checkpoint = await checkpointOf();
    const state = await ask({ type: "student-pause", run: RUN });
    return {
      ok: true,
      json: jsonOf(state.status),
      problem: state.failure?.message ?? null,
      step: state.step,
      checkpoint,
    };
  } catch (error) {
    if (error instanceof ComputeFailure) return { ok: false, code: error.failure.code, message: error.failure.message };
    throw error;
  } finally {
    client.terminate();
  }
}

const sampleJson = (
  step: number,
  { prompt, seed, centreError, stillError, bodies, sa, pc, joint }: StudentSample,
): TrainJson["samples"][number] => ({
  step,
  prompt,
  seed,
  centre_error: centreError,
  still_error: stillError,
  ...(bodies && { bodies_sought: bodies.sought, bodies_seen: bodies.seen }),
  sa,
  pc,
  joint,
});
