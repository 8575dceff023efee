/** What reads masks, loaded with the first of them: the page's first heatmap does without it. */
export {
  checkDepth,
  framesOfMask,
  maskOfNpz,
  maskOfPictures,
  maskOfSafetensors,
  tokensOfMask,
} from "../../formats/mask_file.ts";
export { openNpz } from "../../formats/npz.ts";
