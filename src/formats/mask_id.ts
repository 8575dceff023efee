/** A mask that the user brought, by its file's content hash, with what the user calls it: all that a link and a caption need. */
export type MaskId = `mask:${string}`;

/** What a mask is called that was painted on the page. */
export const PAINTED = "painted";

const FORM = /^mask:([0-9a-f]{16}):(.{1,120})$/su;

export const isMaskId = (id: string): id is MaskId => FORM.test(id);

/** @param hash the first 16 hex digits of the file's content hash */
export const maskId = (hash: string, name: string): MaskId =>
  // Control characters would not survive a link or a line of CSV.
  `mask:${hash}:${name.replace(/[\p{Cc}]/gu, " ").slice(0, 120) || "mask"}`;

/** @throws RangeError where the id is of another form */
export function maskParts(id: MaskId): { readonly hash: string; readonly name: string } {
  const parts = FORM.exec(id);
  if (!parts) throw new RangeError(`"${id}" names no mask of a file`);
  return { hash: parts[1], name: parts[2] };
}
