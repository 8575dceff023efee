import { loadPart } from "../../site/files.ts";
import { failureOf } from "../../state/failure.ts";
import { setSession } from "../../state/session.ts";

type Writer = typeof import("../../figure/export.ts") & typeof import("./printed_pdf.ts");

const load = async (): Promise<Writer> => ({
  ...(await import("../../figure/export.ts")),
  ...(await import("./printed_pdf.ts")),
});

/** What writes figures and tables, loaded with the first file; where it does not come, or fails, the page says so. */
export async function withWriter(save: (writer: Writer) => Promise<void>): Promise<void> {
  try {
    await save(await loadPart("the writer of figures", load));
  } catch (error) {
    setSession({ failure: failureOf(error) });
  }
}
