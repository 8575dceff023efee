/** What `npm run world` runs in Node: clips made, and put into files. */
export { parsePrompt } from "../world/language/grammar.ts";
export { SPLITS, sampleClip, sentenceOf } from "../world/language/splits.ts";
export { lawsWith } from "../world/laws.ts";
export { CLIP } from "../world/types.ts";
export { createWorld, listTemplates } from "../world/world.ts";
export { createBreaker } from "./broken.ts";
export { brokenFile, clipFile } from "./clip_file.ts";
export { encodePng, sheetOf, stripOf } from "./png.ts";
