import { loadPart } from "../../site/files.ts";
import type { Laws } from "../../world/laws.ts";
import type { WorldClip } from "../../world/types.ts";
import { SandboxError } from "../failures.ts";

/** The world, which loads when it is first needed and is compiled once. */
export class Sandbox {
  #loading: ReturnType<typeof load> | null = null;

  load(): ReturnType<typeof load> {
    this.#loading ??= load().catch((error: unknown) => {
      // A download that broke may work the next time.
      this.#loading = null;
      throw error;
    });
    return this.#loading;
  }
}

async function load() {
  // Named one by one: what is loaded, and that all of it is used, can be seen.
  const {
    changedLaws,
    CORRUPTIONS,
    createWorld,
    judgeClip,
    listTemplates,
    lawsWith,
    loadRapier,
    PromptError,
    parsePrompt,
    promptOf,
    RULES,
    sentenceOf,
    trackInClip,
  } = await loadPart("the sandbox", () => import("./parts.ts"));
  const { makeClip } = await createWorld();
  return {
    changedLaws,
    CORRUPTIONS,
    judgeClip,
    lawsWith,
    listTemplates,
    PromptError,
    parsePrompt,
    promptOf,
    RULES,
    sentenceOf,
    trackInClip,
    rapier: await loadRapier(),
    /** @throws SandboxError where the sentence is none of the grammar's, or the seed shows nothing of it */
    makeClip(prompt: string, seed: number, laws?: Laws): WorldClip {
      try {
        return makeClip(prompt, seed, laws);
      } catch (cause) {
        throw new SandboxError("sandbox-prompt", cause instanceof Error ? cause.message : String(cause), { cause });
      }
    },
  };
}
