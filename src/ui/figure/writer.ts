import { loadPart } from "../../site/files.ts";
import { failureOf } from "../../state/failure.ts";
import { tell } from "../../state/page_notice.ts";
import { setSession } from "../../state/session.ts";

type Writer = typeof import("../../figure/export.ts") &
  typeof import("../../figure/print.ts") &
  typeof import("./printed_pdf.ts");

const load = async (): Promise<Writer> => ({
  ...(await import("../../figure/export.ts")),
  ...(await import("../../figure/print.ts")),
  ...(await import("./printed_pdf.ts")),
});

/** As the pages of a clip show it. */
const showFailure = (error: unknown): void => setSession({ failure: failureOf(error) });

export const unsaved = (error: unknown): string => `Not saved: ${failureOf(error).message}`;

/** Over the foot of the page: where there is no panel of failures, and where the dialog that would say it was closed. */
export const tellUnsaved = (error: unknown): void => tell(unsaved(error));

/**
 * What writes figures and tables, loaded with the first file; where it does not come, or fails, the page says so. It writes what is
 * made at once, before anything is loaded: what is on show may change meanwhile.
 *
 * @param failed says so; without it the panel of failures does
 */
export async function withKept<T>(
  make: () => T,
  save: (writer: Writer, made: T) => Promise<void>,
  failed = showFailure,
): Promise<void> {
  try {
    const made = make();
    await save(await loadPart("the writer of figures", load), made);
  } catch (error) {
    failed(error);
  }
}
