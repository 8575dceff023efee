/**
 * Cells of a table by RFC 4180: a quoted cell may hold commas, line breaks and doubled quotes. Rows without any cell are left out.
 * @throws Error when a quoted cell does not end
 */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  // A cell, quoted or not, and what ends it. A byte order mark belongs to no cell.
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy;
  cell.lastIndex = text.startsWith("\ufeff") ? 1 : 0;
  while (cell.lastIndex < text.length) {
    const at = cell.lastIndex;
    const found = cell.exec(text);
    if (!found) throw new Error(`row ${rows.length + 1} has a quotation mark that is not closed, or one inside a cell`);
    const [, quoted, plain, end] = found;
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ",") {
      if (cell.lastIndex === text.length) row.push("");
      else continue;
    }
    if (row.length > 1 || row[0] !== "") rows.push(row);
    row = [];
    if (cell.lastIndex === at) break;
  }
  if (row.length > 0) rows.push(row);
  return rows;
}
