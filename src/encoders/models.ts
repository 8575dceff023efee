import manifest from "../../models/manifest.json";
import type { Gpu } from "../gpu/gpu.ts";
import { downloadModel } from "./download.ts";
import { EncoderError } from "./errors.ts";
import { type ModelEntry, modelById, parseManifest } from "./manifest.ts";
import type { EncoderProgress } from "./progress.ts";
import { type ModelSession, type ModelSource, type StartedModel, startSession } from "./session.ts";
import { unlessAborted } from "./unless_aborted.ts";

/** Address of each model file, by its path in the repository. */
const FILES: Record<string, string> = import.meta.glob(
  ["../../models/*/*.onnx", "../../models/student/base.safetensors"],
  {
    query: "?url",
    import: "default",
    eager: true,
  },
);

export interface ModelsOptions {
  readonly wasmThreads: number;
  readonly entries?: readonly ModelEntry[];
  /** Address of an entry's file. */
  urlOf?(entry: ModelEntry): string;
}

/** A model of the user's own, as it is started from. */
export type ModelFile = Omit<ModelSource, "outputs">;

/** What a model needs to know of its surroundings. */
export interface ModelContext {
  readonly gpu: Gpu | null;
  /** Ends the waiting for what is downloaded. */
  readonly signal?: AbortSignal;
  progress(progress: EncoderProgress): void;
}

/** Downloads, starts and keeps models, one thing at a time: onnxruntime allows no two starts or runs to overlap. */
export class Models {
  readonly #entries: readonly ModelEntry[];
  readonly #wasmThreads: number;
  readonly #urlOf: (entry: ModelEntry) => string;
  readonly #files = new Map<string, Promise<Uint8Array>>();
  /** Who hears of each download: the newest that waits for it. */
  readonly #listeners = new Map<string, ModelContext["progress"]>();
  readonly #sessions = new Map<string, { device: GPUDevice | null; session: ModelSession }>();
  /** The one model of the user's own that is started: they may be large. */
  #own: { readonly key: string; readonly device: GPUDevice | null; readonly session: StartedModel } | null = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor({ wasmThreads, entries = parseManifest(manifest), urlOf = shippedUrl }: ModelsOptions) {
    this.#entries = entries;
    this.#wasmThreads = wasmThreads;
    this.#urlOf = urlOf;
  }

  /**
   * Downloads and checks a model, once; a failed attempt is forgotten so that the next one tries again. Where the signal comes first,
   * the download goes on for whoever asks next.
   * @throws the signal's reason; EncoderError "model-download" | "model-hash"
   */
  download(id: string, progress: ModelContext["progress"], signal?: AbortSignal): Promise<Uint8Array> {
    this.#listeners.set(id, (told) => {
      if (!signal?.aborted) progress(told);
    });
    return unlessAborted(this.#file(id), signal);
  }

  #file(id: string): Promise<Uint8Array> {
    const known = this.#files.get(id);
    if (known) return known;
    const entry = modelById(this.#entries, id);
    const file = downloadModel(entry, this.#urlOf(entry), {
      progress: (done, total) => this.#listeners.get(id)?.({ stage: "downloading", done, total, unit: "bytes" }),
    });
    this.#files.set(id, file);
    file.catch(() => this.#files.delete(id));
    return file;
  }

  /**
   * Runs `work` on a started model: on the context's GPU where that is real, else through wasm, which beats a software
   * adapter by 50 times (docs/models.md).
   * @throws EncoderError "model-download" | "model-hash"; the signal's reason while something is downloaded
   */
  async use<T>(id: string, context: ModelContext, work: (session: ModelSession) => Promise<T>): Promise<T> {
    const { gpu, progress, signal } = context;
    const device = deviceOf(gpu);
    if (this.#sessions.get(id)?.device !== device) await this.download(id, progress, signal);
    return this.#alone(async () => work(await this.#session(id, device, context)));
  }

  /** The same of a model of the user's own, by a name for what `load` loads. The one before it is let go. */
  async withFile<T>(
    key: string,
    load: () => Promise<ModelFile>,
    { gpu, progress, signal }: ModelContext,
    work: (session: StartedModel) => Promise<T>,
  ): Promise<T> {
    const device = deviceOf(gpu);
    return this.#alone(async () => {
      if (this.#own?.key !== key || this.#own.device !== device) {
        const before = this.#own;
        this.#own = null;
        await before?.session.release();
        progress({ stage: "starting-model", done: 0, total: 1, unit: "none" });
        const session = await startSession({ ...(await load()), outputs: "cpu" }, device, this.#wasmThreads, signal);
        this.#own = { key, device, session };
      }
      return work(this.#own.session);
    });
  }

  /** Forgets the sessions of a device that is gone; releasing them would only call into the dead device. */
  forget(device: GPUDevice): void {
    if (this.#own?.device === device) this.#own = null;
    for (const [id, kept] of this.#sessions) if (kept.device === device) this.#sessions.delete(id);
  }

  async #session(id: string, device: GPUDevice | null, { progress, signal }: ModelContext): Promise<ModelSession> {
    const kept = this.#sessions.get(id);
    if (kept?.device === device) return kept.session;
    await kept?.session.release();
    this.#sessions.delete(id);
    const bytes = await this.download(id, progress, signal);
    progress({ stage: "starting-model", done: 0, total: 1, unit: "none" });
    const entry = modelById(this.#entries, id);
    // Features go on into our kernels; a generator's numbers are few, and its steps are taken on the CPU.
    const outputs = entry.kind === "features" ? "gpu-buffer" : "cpu";
    const session = { ...(await startSession({ bytes, outputs }, device, this.#wasmThreads, signal)), entry };
    this.#sessions.set(id, { device, session });
    return session;
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => {});
    return mine;
  }
}

/** A software adapter is no help: wasm beats it by 50 times (docs/models.md). */
const deviceOf = (gpu: Gpu | null): GPUDevice | null => (gpu && !gpu.adapter.software ? gpu.device : null);

function shippedUrl({ file, name }: ModelEntry): string {
  const url = FILES[`../../models/${file}`];
  if (!url) throw new EncoderError("model-download", `the model ${name} is not in this build: add models/${file}`);
  return new URL(url, import.meta.url).href;
}
