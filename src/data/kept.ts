/**
 * Prepared clips in the browser's private file system: a folder of this version of world and networks, in it a folder for each
 * template and laws, in it a file for each clip and part. A file that is missing, cut short or unreadable is a clip to be prepared
 * again: the browser may clear all of it at any time, and another tab may delete it. Tabs that write the same clip write the same bytes,
 * and a file takes its name only when it is whole.
 */
import manifest from "../../models/manifest.json";
import { modelById, parseManifest } from "../encoders/manifest.ts";
import type { TeacherFeatures } from "../train/prepared_clip.ts";
import { parsePrompt } from "../world/language/grammar.ts";
import { PATTERNS, type TemplateName } from "../world/language/patterns.ts";
import { changedLaws } from "../world/laws.ts";
import { WORLD_VERSION } from "../world/version.ts";
import { type KeptTokens, readTeacher, readTokens, teacherFile, tokensFile } from "./kept_file.ts";
import type { TaskClip } from "./task.ts";

/** Raised when the files, or the world as teacher, change. */
const FORMAT = 2;
const ROOT = "prepared-clips";

/** Who made a part of a clip. */
export type Part = "tokens" | "videomae" | "world";

/** Where clips are kept. Nothing here throws: what cannot be read is not there, what cannot be written is not kept. */
export interface ClipStore {
  tokens(clip: TaskClip): Promise<KeptTokens | null>;
  teacher(clip: TaskClip, part: "videomae" | "world"): Promise<TeacherFeatures | null>;
  keepTokens(clip: TaskClip, tokens: KeptTokens): Promise<void>;
  keepTeacher(clip: TaskClip, part: "videomae" | "world", features: TeacherFeatures): Promise<void>;
  /** Why clips are not kept any more; null while they are. */
  readonly problem: string | null;
}

/** The folder of what this version makes, 16 hex digits. */
async function versionOf(): Promise<string> {
  const models = parseManifest(manifest);
  const hashes = ["autoencoder-encoder", "videomae"].map((id) => modelById(models, id).sha256);
  return digest([FORMAT, WORLD_VERSION, ...hashes].join(" "), 16);
}

async function digest(text: string, digits: number): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0"))
    .join("")
    .slice(0, digits);
}

/** "bounce", or "bounce, gravity 0.25". */
function groupOf({ prompt, laws }: TaskClip): string {
  const changed = Object.entries(changedLaws(laws)).map(([law, value]) => `, ${law} ${value}`);
  return `${parsePrompt(prompt).template}${changed.join("")}`;
}

/**
 * The clips that this browser keeps, as long as it lets us; what other versions of world and networks left is deleted.
 * @returns null where there is no private file system (in Node, or where storage is blocked): then clips are in memory only
 */
export async function openKept(): Promise<ClipStore | null> {
  try {
    const root = await rootFolder();
    const version = await versionOf();
    for (const name of await namesIn(root)) {
      // Another tab may be writing there: then the next start deletes it.
      if (name !== version) await root.removeEntry(name, { recursive: true }).catch(() => {});
    }
    return new KeptClips(version);
  } catch {
    return null;
  }
}

const rootFolder = async () => (await navigator.storage.getDirectory()).getDirectoryHandle(ROOT, { create: true });

async function namesIn(folder: FileSystemDirectoryHandle): Promise<string[]> {
  const names: string[] = [];
  for await (const name of folder.keys()) names.push(name);
  return names;
}

class KeptClips implements ClipStore {
  readonly #version: string;
  #problem: string | null = null;

  constructor(version: string) {
    this.#version = version;
  }

  get problem(): string | null {
    return this.#problem;
  }

  tokens(clip: TaskClip): Promise<KeptTokens | null> {
    return this.#read(clip, "tokens", readTokens);
  }

  teacher(clip: TaskClip, part: "videomae" | "world"): Promise<TeacherFeatures | null> {
    return this.#read(clip, part, readTeacher);
  }

  keepTokens(clip: TaskClip, tokens: KeptTokens): Promise<void> {
    return this.#write(clip, "tokens", tokensFile(tokens));
  }

  keepTeacher(clip: TaskClip, part: "videomae" | "world", features: TeacherFeatures): Promise<void> {
    return this.#write(clip, part, teacherFile(features));
  }

  async #read<T>(clip: TaskClip, part: Part, parse: (bytes: Uint8Array) => T): Promise<T | null> {
    try {
      const folder = await (await rootFolder()).getDirectoryHandle(this.#version);
      const group = await folder.getDirectoryHandle(groupOf(clip));
      const file = await (await group.getFileHandle(await nameOf(clip, part))).getFile();
      return parse(new Uint8Array(await file.arrayBuffer()));
    } catch {
      // Not there, or not whole.
      return null;
    }
  }

  async #write(clip: TaskClip, part: Part, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.#problem) return;
    try {
      const folder = await (await rootFolder()).getDirectoryHandle(this.#version, { create: true });
      const group = await folder.getDirectoryHandle(groupOf(clip), { create: true });
      const stream = await (await group.getFileHandle(await nameOf(clip, part), { create: true })).createWritable();
      try {
        await stream.write(bytes);
        await stream.close();
      } catch (error) {
        await stream.abort().catch(() => {});
        throw error;
      }
    } catch (error) {
      this.#problem = problemOf(error);
    }
  }
}

const nameOf = async ({ prompt, seed, laws }: TaskClip, part: Part) =>
  `${await digest(JSON.stringify([prompt, seed, laws]), 32)}.${part}.safetensors`;

/** null where another tab deleted the folder meanwhile: the next clip makes it again. */
function problemOf(error: unknown): string | null {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotFoundError" || name === "InvalidStateError" || name === "NoModificationAllowedError") return null;
  if (name === "QuotaExceededError") {
    return "the browser's storage is full, so clips are prepared and not kept: delete kept clips or runs, or free space on the disk";
  }
  return `this browser does not let clips be kept (${error instanceof Error ? error.message : error}), so they are prepared anew each time`;
}

/** Clips of one template and laws that are kept. */
export interface KeptGroup {
  /** "bounce", or "bounce, gravity 0.25". */
  readonly name: string;
  readonly template: TemplateName | null;
  readonly clips: number;
  readonly bytes: number;
}

/** What is kept, by template and laws; empty where nothing is, or nothing can be. */
export async function listKept(): Promise<KeptGroup[]> {
  const groups: KeptGroup[] = [];
  try {
    const folder = await (await rootFolder()).getDirectoryHandle(await versionOf());
    for await (const [name, group] of folder.entries()) {
      if (group.kind !== "directory") continue;
      let [clips, bytes] = [0, 0];
      for await (const file of (group as FileSystemDirectoryHandle).values()) {
        if (file.kind !== "file") continue;
        if (file.name.endsWith(".tokens.safetensors")) clips++;
        bytes += (await (file as FileSystemFileHandle).getFile()).size;
      }
      const [first] = name.split(",");
      groups.push({ name, template: Object.hasOwn(PATTERNS, first) ? (first as TemplateName) : null, clips, bytes });
    }
  } catch {
    // Nothing has been kept, or another tab is deleting it.
  }
  return groups.sort((a, b) => a.name.localeCompare(b.name));
}

/** Deletes the kept clips of a group by its name, or all: whoever trains on them has them in memory. */
export async function removeKept(name: string | null): Promise<void> {
  // Where storage is blocked there is nothing to delete.
  const root = await rootFolder().catch(() => null);
  if (!root) return;
  const folder = name === null ? root : await root.getDirectoryHandle(await versionOf(), { create: true });
  const names = name === null ? await namesIn(root) : [name];
  // One that is gone already is as it should be.
  for (const one of names) await folder.removeEntry(one, { recursive: true }).catch(() => {});
}
