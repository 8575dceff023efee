import css from "./Published.module.css";

export interface MarkedRow {
  readonly name: string;
  /** A percentage for each column and mark, `values[column][mark]`; null where there is none. */
  readonly values: readonly (readonly (number | null)[])[];
}

interface MarksTableProps {
  readonly caption: string;
  /** Over the names of the rows. */
  readonly corner: string;
  readonly columns: readonly string[];
  /** What each column holds: "SA", "PC". */
  readonly marks: readonly string[];
  /** Rows that are compared with each other: the best of each group is bold. */
  readonly groups: readonly (readonly MarkedRow[])[];
  readonly testId?: string;
}

/** A smaller percentage is printed as 0.0, and is not the best of anything. */
const PRINTED = 0.05;

/** Percentages of several marks in several columns, as the paper's Table 1 has them. */
export function MarksTable({ caption, corner, columns, marks, groups, testId }: MarksTableProps) {
  return (
    <table className={css.paper} data-testid={testId}>
      <caption>{caption}</caption>
      <thead>
        <tr>
          <th scope="col" rowSpan={2}>
            {corner}
          </th>
          {columns.map((column) => (
            <th key={column} scope="colgroup" colSpan={marks.length}>
              {column}
            </th>
          ))}
        </tr>
        <tr>
          {columns.flatMap((column) =>
            marks.map((mark) => (
              <th key={`${column} ${mark}`} scope="col">
                {mark}
              </th>
            )),
          )}
        </tr>
      </thead>
      {groups.map((rows) => (
        <tbody key={rows[0].name}>
          {rows.map(({ name, values }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {columns.flatMap((column, c) =>
                marks.map((mark, m) => {
                  const value = values[c][m];
                  const best = Math.max(...rows.map((other) => other.values[c][m] ?? 0));
                  return (
                    <td key={`${column} ${mark}`} data-best={value !== null && value >= PRINTED && value === best}>
                      {value?.toFixed(1) ?? "–"}
                    </td>
                  );
                }),
              )}
            </tr>
          ))}
        </tbody>
      ))}
    </table>
  );
}
