/** Everything that needs three.js, loaded when the view is first opened: the page's first scripts do without it. */
export { blockPicture, glbFile, pngFile, turntableFile } from "./files.ts";
export { SpaceTimeView } from "./view.ts";
