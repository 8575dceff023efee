import { loadPart } from "../../site/files.ts";
import { failureOf } from "../../state/failure.ts";
import { setSession } from "../../state/session.ts";

type Writer = typeof import("../../figure/export.ts") & typeof import("./printed_pdf.ts");

const load = async (): Promise<Writer> => ({
  ...(await import("../../figure/export.ts")),
  ...(await import("./printed_pdf.ts")),
});

/**
 * What writes figures and tables, loaded with the first file; where it does not come, or fails, the page says so. It writes what is
 * made at once, before anything is loaded: what is on show may change meanwhile.
 */
export async function withKept<T>(make: () => T, save: (writer: Writer, made: T) => Promise<void>): Promise<void> {
  try {
    const made = make();
    await save(await loadPart("the writer of figures", load), made);
  } catch (error) {
    setSession({ failure: failureOf(error) });
  }
}
