import { contentHash } from "../video/content_hash.ts";
import type { Laws } from "../world/laws.ts";
import { BadRequest, SandboxError } from "./failures.ts";
import type { Judged, JudgeRequest, JudgeSource, TemplateName } from "./protocol.ts";
import type { Sandbox } from "./sandbox/loader.ts";
import { readFile } from "./sandbox/sandbox.ts";
import type { Running, Workspace } from "./workspace.ts";

export interface Exhibit {
  readonly frames: Uint8Array<ArrayBuffer>;
  readonly prompt: string;
  readonly template: TemplateName;
  /** Of another world than the usual one. */
  readonly laws?: Laws;
}

/** The law judge on one clip: it gets the pictures and the sentence, and never the truth. */
export async function judge(
  { sandbox }: Workspace,
  { source }: JudgeRequest,
  { signal, pause }: Running,
): Promise<Judged> {
  const exhibit = source.kind === "file" ? await fromFile(sandbox, source.file) : await made(sandbox, source);
  await pause();
  const judged = await judgeExhibit(sandbox, exhibit, source);
  signal.throwIfAborted();
  return judged;
}

/** The verdict on pictures and a sentence, wherever they come from. */
export async function judgeExhibit(
  sandbox: Sandbox,
  { frames, prompt, template, laws }: Exhibit,
  source: Judged["source"],
): Promise<Judged> {
  const { changedLaws, judgeClip, RULES } = await sandbox.load();
  const start = performance.now();
  const verdict = judgeClip(frames, prompt, laws ? { laws } : {});
  const judgeMs = performance.now() - start;
  return {
    source,
    template,
    frames,
    contentHash: await contentHash(new Blob([frames])),
    verdict,
    words: RULES,
    laws: laws ? changedLaws(laws) : {},
    judgeMs,
  };
}

/** @throws SandboxError where the file holds no clip, or its sentence is none of the grammar's */
async function fromFile(sandbox: Sandbox, file: File): Promise<Exhibit> {
  const { parsePrompt, PromptError, lawsWith } = await sandbox.load();
  const { frames, prompt, laws: changed } = await readFile(file);
  const laws = lawsOf(file.name, () => lawsWith(changed));
  try {
    return { frames, prompt, laws, template: parsePrompt(prompt).template };
  } catch (cause) {
    if (!(cause instanceof PromptError)) throw cause;
    throw new SandboxError("clip-file", `${file.name} says “${prompt}”: ${cause.message}`, { cause });
  }
}

/** @throws SandboxError where the file names laws that no world has */
function lawsOf(name: string, laws: () => Laws): Laws {
  try {
    return laws();
  } catch (cause) {
    throw new SandboxError("clip-file", `${name}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

/** @throws SandboxError where the clip cannot be made, or the corruption finds nothing in it to break */
async function made(sandbox: Sandbox, source: Extract<JudgeSource, { kind: "sandbox" }>): Promise<Exhibit> {
  const { makeClip, CORRUPTIONS, rapier } = await sandbox.load();
  const { prompt, seed, corruption: name } = source;
  const clip = makeClip(prompt, seed);
  const { template } = clip;
  if (name === null) return { frames: clip.frames, prompt: clip.prompt, template };
  const corruption = CORRUPTIONS.find((one) => one.name === name);
  const names = CORRUPTIONS.map((one) => one.name).join(", ");
  if (!corruption) throw new BadRequest(`corruption must be one of ${names}, got ${name}`);
  if (!corruption.templates.includes(template)) {
    const has = corruption.templates.join(", ");
    throw new SandboxError(
      "nothing-to-break",
      `“${corruption.title}” breaks clips of ${has}, and this one is of ${template}`,
    );
  }
  const frames = corruption.make(clip, rapier);
  if (!frames) {
    throw new SandboxError(
      "nothing-to-break",
      `“${corruption.title}” finds nothing to break in “${clip.prompt}” with seed ${seed}: take another seed`,
    );
  }
  return { frames: new Uint8Array(frames), prompt: clip.prompt, template };
}
