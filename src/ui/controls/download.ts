import { fileStem } from "../files/names.ts";

/** Saves a blob as a file whose name is made from words. */
export function saveBlob(words: string, extension: string, blob: Blob): void {
  const link = document.createElement("a");
  link.download = `${fileStem(words)}.${extension}`;
  link.href = URL.createObjectURL(blob);
  link.click();
  // The download has its own reference once the click was handled.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Saves plain data as indented JSON. */
export function saveJson(words: string, data: unknown): void {
  saveBlob(words, "json", new Blob([`${JSON.stringify(data, null, 1)}\n`], { type: "application/json" }));
}
