import { loadPart } from "../../site/files.ts";
import { failureOf } from "../../state/failure.ts";
import { setSession } from "../../state/session.ts";

/** What writes figures and tables, loaded with the first file; where it does not come, or fails, the page says so. */
export async function withWriter(
  save: (writer: typeof import("../../figure/export.ts")) => Promise<void>,
): Promise<void> {
  try {
    await save(await loadPart("the writer of figures", () => import("../../figure/export.ts")));
  } catch (error) {
    setSession({ failure: failureOf(error) });
  }
}
