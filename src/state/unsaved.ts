/** What was made by hand on the page and is in no file: closing the page, or loading it anew, asks before it is lost. */
import { isMaskUnsaved } from "./mask/mask.ts";
import { arePointsUnsaved } from "./truth/truth.ts";

/** Starts to ask. Called once, when the page loads. */
export function startAsking(): void {
  addEventListener("beforeunload", (event) => {
    if (isMaskUnsaved() || arePointsUnsaved()) event.preventDefault();
  });
}
