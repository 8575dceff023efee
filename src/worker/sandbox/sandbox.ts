import { readClipFile } from "../../formats/clip_file.ts";
import { isSafetensors } from "../../formats/file_kinds.ts";
import { sandboxName } from "../../formats/sandbox_name.ts";
import { contentHash } from "../../video/content_hash.ts";
import { pictureClip } from "../../video/picture_clip.ts";
import type { TrueMotion } from "../../video/truth.ts";
import { rgbaOf } from "../../video/tubelets.ts";
import { CLIP_LIMITS, type ClipInfo } from "../../video/types.ts";
import { readable } from "../../video/unreadable.ts";
import { CLIP, type WorldClip } from "../../world/types.ts";
import { BadRequest, SandboxError } from "../failures.ts";
import type {
  SandboxChecked,
  SandboxCheckRequest,
  SandboxDrawn,
  SandboxDrawRequest,
  SandboxInfo,
  SandboxPoster,
  SandboxPosterRequest,
} from "../protocol.ts";
import type { OpenedClip, Workspace } from "../workspace.ts";
import type { Sandbox } from "./loader.ts";

/** An encoder sees a clip this many times larger, smoothly: a token of 16 px is then 4 px of the world, half a small ball. */
const ENLARGED = 4;
/** 16 frames are looked at for two seconds. */
const FRAMES_PER_SECOND = 8;
/** Any seed; by the middle of its clip every example shows what its sentence says. */
const POSTER = { seed: 1, frame: 8 } as const;

export async function sandboxInfo({ sandbox }: Workspace): Promise<SandboxInfo> {
  const { listTemplates, CORRUPTIONS } = await sandbox.load();
  const corruptions = CORRUPTIONS.map(({ name, title, says, templates }) => ({ name, title, says, templates }));
  return { templates: listTemplates(), corruptions };
}

export async function sandboxPoster({ sandbox }: Workspace, request: SandboxPosterRequest): Promise<SandboxPoster> {
  const { makeClip } = await sandbox.load();
  const { example } = await summaryOf(sandbox, request.template);
  const { frames } = makeClip(example, POSTER.seed);
  const picture = new ImageData(rgba(frames)[POSTER.frame], CLIP.size, CLIP.size);
  return { prompt: example, seed: POSTER.seed, image: await createImageBitmap(picture) };
}

/** @throws BadRequest naming the template and what it may be */
async function summaryOf(sandbox: Sandbox, template: string) {
  const summaries = (await sandbox.load()).listTemplates();
  const found = summaries.find((summary) => summary.template === template);
  const names = summaries.map((summary) => summary.template).join(", ");
  if (!found) throw new BadRequest(`template must be one of ${names}, got ${template}`);
  return found;
}

export async function sandboxCheck({ sandbox }: Workspace, { prompt }: SandboxCheckRequest): Promise<SandboxChecked> {
  const { parsePrompt, PromptError } = await sandbox.load();
  try {
    return { prompt, template: parsePrompt(prompt).template, problem: null };
  } catch (error) {
    if (!(error instanceof PromptError)) throw error;
    const { message, at, may } = error;
    return { prompt, template: null, problem: { message, at, may } };
  }
}

export async function sandboxDraw({ sandbox }: Workspace, request: SandboxDrawRequest): Promise<SandboxDrawn> {
  const { template } = await summaryOf(sandbox, request.template);
  const { sentenceOf } = await sandbox.load();
  return { prompt: sentenceOf(template, request.seed), seed: request.seed };
}

/** A simulated clip with its truth. @throws SandboxError */
export async function openSandbox(sandbox: Sandbox, prompt: string, seed: number): Promise<OpenedClip> {
  const { makeClip, trackInClip } = await sandbox.load();
  const made = makeClip(prompt, seed);
  const clip = await clipOf(made.frames, sandboxName(made.prompt, seed), firstQuery(made));
  return { clip, truth: motionOf(made, trackInClip), prompt: made.prompt };
}

/**
 * A clip of a file as `npm run world` writes it. Where the file's sentence and seed make exactly these pictures, their truth is
 * known as well; a generated clip has none.
 * @throws SandboxError where the file holds no such clip
 */
export async function openClipFile(sandbox: Sandbox, file: File): Promise<OpenedClip> {
  const { frames, prompt, seed, laws } = await readFile(file);
  const { makeClip, lawsWith, trackInClip, parsePrompt, promptOf } = await sandbox.load();
  const known = attempt(() => promptOf(parsePrompt(prompt))) ?? "";
  const made = seed === null ? null : attempt(() => makeClip(prompt, seed, lawsWith(laws)));
  const same = made?.frames.every((value, i) => value === frames[i]);
  if (!made || !same) return { clip: await clipOf(frames, file.name), truth: null, prompt: known };
  const clip = await clipOf(frames, file.name, firstQuery(made));
  return { clip, truth: motionOf(made, trackInClip), prompt: known };
}

/** @throws SandboxError where the file holds no frames of the sandbox's size, or no prompt; VideoError where it changed meanwhile */
export async function readFile(file: File): Promise<ReturnType<typeof readClipFile>> {
  const [size, most] = [file.size, CLIP_LIMITS.maxBytes].map((bytes) => `${(bytes / 2 ** 30).toFixed(2)} GiB`);
  if (file.size > CLIP_LIMITS.maxBytes) {
    throw new SandboxError("clip-file", `${file.name} has ${size} and the limit is ${most}: write its frames alone`);
  }
  const bytes = await readable(file.name, file, file.arrayBuffer());
  try {
    return readClipFile(new Uint8Array(bytes), CLIP.frames, CLIP.size);
  } catch (cause) {
    if (!isSafetensors(file)) {
      const remedy = "a clip of the sandbox is a .safetensors file; open a video in Explore";
      throw new SandboxError("clip-file", `${file.name} is not one: ${remedy}`, { cause });
    }
    throw new SandboxError("clip-file", `${file.name}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

function attempt<T>(make: () => T): T | null {
  try {
    return make();
  } catch {
    return null;
  }
}

async function clipOf(frames: Uint8Array<ArrayBuffer>, name: string, query?: ClipInfo["query"]) {
  const { size, frames: T } = CLIP;
  return pictureClip({
    frames: rgba(frames),
    size: { width: size, height: size },
    info: {
      contentHash: await contentHash(new Blob([frames])),
      name,
      bytes: frames.byteLength,
      container: "sandbox",
      codec: "pictures",
      width: ENLARGED * size,
      height: ENLARGED * size,
      rotation: 0,
      durationS: T / FRAMES_PER_SECOND,
      framesPerSecond: FRAMES_PER_SECOND,
      constantRate: true,
      playerStartS: 0,
      ...(query ? { query } : {}),
    },
  });
}

/** RGBA of each of a clip's frames. */
export const rgba = (frames: Uint8Array) => rgbaOf(frames, { width: CLIP.size, height: CLIP.size });

/** The middle of the first body that is seen in frame 0. */
function firstQuery({ mask, center, bodies }: WorldClip): ClipInfo["query"] {
  const seen = new Set(mask.subarray(0, CLIP.size ** 2));
  const k = bodies.findIndex((_, body) => seen.has(body + 1));
  return k < 0 ? undefined : [center[2 * k] / CLIP.size, center[2 * k + 1] / CLIP.size];
}

const motionOf = (clip: WorldClip, track: typeof import("../../world/track.ts").trackInClip): TrueMotion => ({
  width: CLIP.size,
  height: CLIP.size,
  track: (from, x, y, to) => track(clip, from, x, y, to),
});
