/** A clip's name without its ending: what is made of it has another. */
export const withoutEnding = (name: string): string => name.replace(/\.[^.]*$/, "");

/** A file's name may have 255 bytes in most file systems; 4 letters outside ASCII may have 16. */
const MOST_BYTES = 180;

/**
 * The name of a file that is made here, without its extension, from words: letters and digits of every script, joined by hyphens.
 * Never empty and never beginning with a hyphen, which shell tools take for an option.
 */
export function fileStem(words: string): string {
  // Composed letters: a name that a Mac has taken apart is written as everybody writes it.
  const runs =
    words
      .normalize("NFC")
      .toLowerCase()
      .match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
  let stem = "";
  for (const letter of runs.join("-")) {
    if (new TextEncoder().encode(stem + letter).length > MOST_BYTES) break;
    stem += letter;
  }
  return stem.replace(/-$/, "") || "tempered";
}
