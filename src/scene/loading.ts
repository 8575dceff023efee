import { loadPart } from "../site/files.ts";

/** @throws SiteError where it is not on the server any more, or did not come */
export const loadScene = () => loadPart("the space-time view", () => import("./lazy.ts"));
