import * as v from "valibot";
import { fetchFile } from "../site/files.ts";
import { ENCODER_IDS } from "../worker/protocol.ts";

const Features = v.strictObject({
  encoder: v.picklist(ENCODER_IDS),
  token: v.picklist([8, 16]),
  frames: v.number(),
  file: v.string(),
});

const BuiltinClip = v.strictObject({
  id: v.string(),
  title: v.string(),
  file: v.string(),
  sha256: v.string(),
  width: v.number(),
  height: v.number(),
  frames: v.number(),
  fps: v.number(),
  truth: v.nullable(v.string()),
  credit: v.string(),
  licence: v.string(),
  about: v.string(),
  poster: v.string(),
  /** Where the first query sits, as a fraction of the frame: [x, y], in frame 0. */
  query: v.tuple([v.number(), v.number()]),
  /** Features that ship with the clip, over its whole length. */
  features: v.array(Features),
});

const Catalog = v.strictObject({
  version: v.literal(1),
  clips: v.pipe(v.array(BuiltinClip), v.minLength(1)),
});

/** A clip that ships with the page. File names are relative to `clips/`. */
export type BuiltinClip = v.InferOutput<typeof BuiltinClip>;

/** Address of a file in `public/clips/`, under any base path. */
export const clipUrl = (file: string) => new URL(`clips/${file}`, document.baseURI).href;

/** The clips that ship with the page. @throws SiteError where the list of them does not come */
export async function loadCatalog(): Promise<readonly BuiltinClip[]> {
  const response = await fetchFile(clipUrl("catalog.json"), "the list of clips");
  return v.parse(Catalog, await response.json()).clips;
}
