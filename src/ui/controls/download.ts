import { jsonWith, type Origin } from "../../formats/provenance.ts";
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

/** Saves numbers as indented JSON, with where they come from. */
export function saveJson(words: string, numbers: object, origin: Origin): void {
  saveBlob(words, "json", new Blob([jsonWith(origin, numbers)], { type: "application/json" }));
}
