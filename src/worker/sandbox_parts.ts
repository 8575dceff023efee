/** What the worker loads when the sandbox is first asked for: physics engine, world, grammar. Nothing else imports these. */
export { PromptError, parsePrompt } from "../world/grammar.ts";
export { sentenceOf } from "../world/splits.ts";
export { trackInClip } from "../world/track.ts";
export { createWorld, listTemplates } from "../world/world.ts";
