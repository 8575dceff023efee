/** The sandbox's part of the protocol: its prompts, its clips, and the law judge at work on one of them. */
import type { RuleName, RuleWords } from "../../judge/rules.ts";
import type { Verdict } from "../../judge/types.ts";
import type { Laws } from "../../world/laws.ts";
import type { Category, TemplateName } from "../../world/types.ts";

export type { RuleWords } from "../../judge/rules.ts";
export type { ParsedFrame, RuleResult, Verdict } from "../../judge/types.ts";
export type { Category, TemplateName } from "../../world/types.ts";

/** What may be asked of the sandbox. The reply never changes. */
export interface SandboxInfoRequest {
  readonly type: "sandbox-info";
}

export interface SandboxInfo {
  readonly templates: readonly {
    readonly template: TemplateName;
    readonly category: Category;
    readonly example: string;
  }[];
  readonly corruptions: readonly SandboxCorruption[];
}

/** A way to break the laws on purpose. */
export interface SandboxCorruption {
  readonly name: string;
  readonly title: string;
  /** One sentence. */
  readonly says: string;
  readonly templates: readonly TemplateName[];
}

/** A picture of a template's example, simulated now; nobody waits for it. */
export interface SandboxPosterRequest {
  readonly type: "sandbox-poster";
  readonly template: TemplateName;
}

export interface SandboxPoster {
  /** The clip that the picture is of. */
  readonly prompt: string;
  readonly seed: number;
  readonly image: ImageBitmap;
}

/** Whether a sentence is one of the grammar's; the newest wins. */
export interface SandboxCheckRequest {
  readonly type: "sandbox-check";
  readonly prompt: string;
}

export interface SandboxChecked {
  readonly prompt: string;
  readonly template: TemplateName | null;
  /** null: it is one. */
  readonly problem: {
    /** Which word is wrong and what may stand there. */
    readonly message: string;
    /** The wrong word, from 0; the number of words where the sentence stops too early. */
    readonly at: number;
    /** Words that may stand there. */
    readonly may: readonly string[];
  } | null;
}

/** A sentence of a template that training may see, drawn by a seed. */
export interface SandboxDrawRequest {
  readonly type: "sandbox-draw";
  readonly template: TemplateName;
  readonly seed: number;
}

export interface SandboxDrawn {
  readonly prompt: string;
  readonly seed: number;
}

/**
 * Simulates a clip, breaks it where asked, and judges it. A file holds `frames` and a prompt, as `npm run world` writes; nothing
 * else of it is read. The newest wins.
 */
export interface JudgeRequest {
  readonly type: "judge";
  readonly source: JudgeSource;
}

export type JudgeSource =
  | { readonly kind: "sandbox"; readonly prompt: string; readonly seed: number; readonly corruption: string | null }
  | { readonly kind: "file"; readonly file: File };

/** Where a generated clip comes from: all of it, since the same numbers make the same clip. */
export interface GeneratedSource {
  readonly kind: "student";
  /** A sentence of the grammar. */
  readonly prompt: string;
  /** Of the noise that the student starts from, and of the simulator's clip. */
  readonly seed: number;
  readonly steps: number;
  readonly guidance: number;
  /** Whether the student is given the simulator's first frames, GIVEN_FRAMES of them. */
  readonly given: boolean;
  /** The model as the manifest has it: which weights, and where their card is; or one that the user trained, named by its run. */
  readonly model: {
    readonly name: string;
    readonly sha256: string;
    /** Trained numbers. */
    readonly parameters: number;
    /** Where in the repository its card is; null for one that the user trained. */
    readonly card: string | null;
  };
}

export interface Judged {
  readonly source: JudgeSource | GeneratedSource;
  readonly template: TemplateName;
  /** U8 [T, 64, 64, 3]: what the judge saw. */
  readonly frames: Uint8Array<ArrayBuffer>;
  /** sha256 of the frames, hex. */
  readonly contentHash: string;
  readonly verdict: Verdict;
  /** What the verdict's rules are called and which law each stands for, by rule. */
  readonly words: Readonly<Record<RuleName, RuleWords>>;
  /** Those of the laws it was judged by that are not the usual ones, as its file names them. */
  readonly laws: Partial<Laws>;
  /** What judging alone took. */
  readonly judgeMs: number;
}

export type SandboxRequest =
  | SandboxInfoRequest
  | SandboxPosterRequest
  | SandboxCheckRequest
  | SandboxDrawRequest
  | JudgeRequest;

export interface SandboxReplies {
  "sandbox-info": SandboxInfo;
  "sandbox-poster": SandboxPoster;
  "sandbox-check": SandboxChecked;
  "sandbox-draw": SandboxDrawn;
  judge: Judged;
}
