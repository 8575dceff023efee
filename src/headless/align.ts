import { type MaskJson, maskJson, matchesJson } from "../figure/tables.ts";
import { provenance } from "../formats/provenance.ts";
import { ComputeFailure, startCompute } from "../state/client.ts";
import type {
  ClipSource,
  EncoderId,
  RecipeInput,
  Replies,
  SetAgreement,
  StepsChange,
  TokenRef,
  TokenSize,
  WorkerEvent,
} from "../worker/protocol.ts";
import { base64 } from "./base64.ts";
import { runShown, shellOrigin } from "./origin.ts";
import {
  type Ask,
  adapterName,
  askingOf,
  cutAfter,
  tellStepsChange,
  trainingBegins,
  trainingEnds,
} from "./training.ts";
import { askedWindow } from "./window.ts";

export interface AlignRequest {
  readonly teacher: EncoderId;
  readonly token: TokenSize;
  readonly frames: number;
  readonly startS: number;
  /** null: up to the clip's end, or the limit. */
  readonly lengthS: number | null;
  /** Which of the page's files are the clip's truth and a checkpoint to go on from; the first is the video. */
  readonly truth: number | null;
  readonly resume: number | null;
  /** What the shell gave; with a checkpoint, only `steps` counts. */
  readonly recipe: RecipeInput;
  /** Asked of the final student at the recipe's τ. */
  readonly queries: readonly TokenRef[];
  readonly checkpoint: boolean;
}

interface AlignJson {
  readonly provenance: object;
  readonly recipe: object;
  readonly data: object;
  /** What it ran on. */
  readonly adapter: string | null;
  readonly parameters: number;
  readonly status: string;
  /** Where it went on for other steps than before. */
  readonly steps_changed: readonly StepsChange[];
  readonly steps: { readonly step: number; readonly loss: number; readonly grad_norm: number; readonly ms: number }[];
  /** Shares within one token of the teacher's best match; `details` has the truth's beside them. */
  readonly agreement: {
    readonly step: number;
    readonly train: number | null;
    readonly held: number | null;
    readonly details: { readonly train: SetAgreement; readonly held: SetAgreement | null };
  }[];
  /** The clip's motion mask at the recipe's ρ: the queries of M-TSA. */
  readonly motion_mask: MaskJson;
  readonly matches: object | null;
}

export type AlignReply =
  | {
      readonly ok: true;
      readonly json: AlignJson;
      readonly notices: readonly string[];
      /** A sentence when the run failed; its numbers up to there are in `json`. */
      readonly problem: string | null;
      readonly step: number;
      /** base64 */
      readonly checkpoint: string | null;
    }
  | { readonly ok: false; readonly message: string; readonly code: string };

/**
 * `npm run align`: opens the video that the shell put into the page's file input, trains the student on it and answers with the
 * run's numbers. A failure comes back as its sentence, never as an exception.
 */
export async function align(request: AlignRequest): Promise<AlignReply> {
  const files = document.querySelector<HTMLInputElement>("input[type=file]")?.files;
  const video = files?.[0];
  if (!video) return { ok: false, code: "bad-request", message: "no file was given to the page" };
  const truth = request.truth === null ? null : (files[request.truth] ?? null);
  const resume = request.resume === null ? null : (files[request.resume] ?? null);
  const steps: AlignJson["steps"] = [];
  const agreement: AlignJson["agreement"] = [];
  let over: () => void = () => {};
  const done = new Promise<void>((resolve) => {
    over = resolve;
  });
  const onEvent = (event: WorkerEvent) => {
    if (event.type === "train-step") {
      const { step, loss, gradNorm, ms } = event;
      steps.push({ step, loss, grad_norm: gradNorm, ms: Math.round(ms) });
      if (step % 10 === 0) console.info(`step ${step} loss ${loss.toPrecision(5)}`);
    } else if (event.type === "train-agreement") {
      const { step, train, held } = event;
      // After a restored device it is measured again.
      cutAfter(step - 1, agreement);
      agreement.push({ step, train: train.teacher, held: held?.teacher ?? null, details: { train, held } });
    } else if (event.type === "train-state") {
      cutAfter(event.step, steps, agreement);
      if (event.status === "done" || event.status === "failed") over();
    } else if (event.type === "device-gone") over();
  };
  const client = startCompute(onEvent);
  const ask = askingOf(client);
  try {
    const { adapter } = await ask({ type: "boot", backend: "auto" });
    const clip = await ask({ type: "open", source: sourceOf(video, truth) });
    const { teacher, token } = request;
    const window = askedWindow(request, clip.durationS);
    const encoded = await ask({ type: "encode", encoder: teacher, token, window, shippedUrl: null });
    const started = resume
      ? await ask({
          type: "train-restore",
          run: 1,
          bytes: new Uint8Array(await resume.arrayBuffer()),
          status: "running",
          steps: request.recipe.steps ?? null,
        })
      : await ask({ type: "train-start", run: 1, recipe: request.recipe, status: "running" });
    const { recipe, data, parameters } = started;
    const mask = maskJson(await ask({ type: "mask", rho: recipe.rho }), encoded.grid.F);
    const from = provenance(shellOrigin(clip, encoded, runShown(request, recipe), "teacher"), new Date());
    const about = {
      provenance: from,
      recipe,
      data,
      adapter: adapter && adapterName(adapter),
      parameters,
      motion_mask: mask,
      steps_changed: tellStepsChange(started),
      ...(resume && { resumed_at: started.step }),
    };
    const jsonOf = (status: string, matches: object | null): AlignJson => ({
      ...about,
      status,
      steps,
      agreement,
      matches,
    });
    const checkpointOf = async () => {
      if (!request.checkpoint) return null;
      const { bytes } = await ask({ type: "train-checkpoint" });
      return base64(new Blob([bytes]));
    };
    trainingBegins({
      soFar: async () => ({ checkpoint: await checkpointOf(), json: jsonOf("running", null) }),
      stop: async () => {
        await ask({ type: "train-pause" });
        over();
      },
    });
    await done;
    trainingEnds();
    const found = request.queries.length > 0 ? await matchesOfAll(request.queries, recipe.tau, ask) : null;
    const checkpoint = await checkpointOf();
    const state = await ask({ type: "train-pause" });
    const matches = found && matchesJson(encoded, { queries: request.queries, matches: found });
    return {
      ok: true,
      json: jsonOf(state.status, matches),
      notices: encoded.notices,
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

/** The final student's matches, in batches that one request may hold. */
async function matchesOfAll(queries: readonly TokenRef[], tau: number, ask: Ask) {
  const matches: Replies["train-matches"]["matches"][number][] = [];
  for (let first = 0; first < queries.length; first += 64) {
    const more = await ask({ type: "train-matches", queries: queries.slice(first, first + 64), taus: [tau] });
    matches.push(...more.matches.map((match) => ({ ...match, query: match.query + first })));
  }
  return matches;
}

/** A clip with truth is opened as the built-in ones are. */
function sourceOf(video: File, truth: File | null): ClipSource {
  if (!truth) return { kind: "file", file: video };
  const [url, truthUrl] = [URL.createObjectURL(video), URL.createObjectURL(truth)];
  return { kind: "builtin", id: video.name, name: video.name, url, truthUrl };
}
