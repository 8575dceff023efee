/** A row of a table. */
export interface CsvRow {
  readonly cells: string[];
  /** Where it begins in the text, counted from 1 as editors do. */
  readonly line: number;
}

/** Cells of a table, see `csvRows`. */
export const parseCsv = (text: string): string[][] => csvRows(text).map(({ cells }) => cells);

/**
 * Rows of a table by RFC 4180, whose lines may also end as on Unix or on old Macs: a quoted cell may hold commas, line breaks and
 * doubled quotes. Rows without any cell are left out.
 * @throws Error when a quoted cell does not end
 */
export function csvRows(text: string): CsvRow[] {
  const rows: CsvRow[] = [];
  let row: string[] = [];
  // Of the row, and of what is read in it.
  let [line, here] = [1, 1];
  const endRow = () => {
    if (row.length > 1 || row[0] !== "") rows.push({ cells: row, line });
    row = [];
    line = ++here;
  };
  // A byte order mark belongs to no cell.
  let at = text.startsWith("\ufeff") ? 1 : 0;
  while (at < text.length) {
    const end = text[at] === '"' ? endOfQuoted(text, at) : endOfPlain(text, at);
    const stop = /\r\n|[,\r\n]|$/y;
    stop.lastIndex = end;
    const found = stop.exec(text)?.[0];
    if (found === undefined)
      throw new Error(`row ${rows.length + 1} has a quotation mark that is not closed, or one inside a cell`);
    const quoted = text[at] === '"';
    const cell = quoted ? text.slice(at + 1, end - 1).replaceAll('""', '"') : text.slice(at, end);
    if (quoted) here += cell.split(/\r\n|[\r\n]/).length - 1;
    row.push(cell);
    at = end + found.length;
    if (found !== ",") endRow();
    else if (at === text.length) row.push("");
  }
  if (row.length > 0) endRow();
  return rows;
}

/** Behind the closing quotation mark; past the text where there is none. By search: a pattern runs out of stack on a cell of megabytes. */
function endOfQuoted(text: string, start: number): number {
  let quote = start + 1;
  for (;;) {
    quote = text.indexOf('"', quote);
    if (quote < 0) return text.length + 1;
    if (text[quote + 1] !== '"') return quote + 1;
    quote += 2;
  }
}

/** Up to what cannot stand in a cell without quotation marks. */
function endOfPlain(text: string, start: number): number {
  const special = /[",\r\n]/g;
  special.lastIndex = start;
  return special.exec(text)?.index ?? text.length;
}
