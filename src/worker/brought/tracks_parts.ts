/** What reads point tracks, loaded with the first file of them: the page's first heatmap does without it. */
export { openNpz } from "../../formats/npz.ts";
export { tracksOfCsv, tracksOfNpz } from "../../formats/tracks_file.ts";
