/** What the worker loads when the sandbox is first asked for: physics engine, world, grammar, judge. Nothing else imports these. */
export { CORRUPTIONS } from "../../judge/exam/corruptions.ts";
export { judgeClip } from "../../judge/judge.ts";
export { RULES } from "../../judge/rules.ts";
export { PromptError, parsePrompt, promptOf } from "../../world/language/grammar.ts";
export { sentenceOf } from "../../world/language/splits.ts";
export { changedLaws, lawsWith } from "../../world/laws.ts";
export { loadRapier } from "../../world/rigid.ts";
export { trackInClip } from "../../world/track.ts";
export { createWorld, listTemplates } from "../../world/world.ts";
