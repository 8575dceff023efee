import columnSumsKernel from "../../shaders/nn/column_sums.wgsl";
import { groups } from "../gpu/kernels.ts";
import { kernelTask, lengthOf, type Tape, type Task, type Tensor } from "./tape.ts";

/** Rows that one thread adds up. */
const RUN = 64;

/** The sums of the columns of x, rows of C values whatever its sides, go into a tensor [C], = or +=. */
export function columnSums(t: Tape, x: Tensor, { into, add }: { readonly into: Tensor; readonly add: 0 | 1 }): Task[] {
  const C = lengthOf(into);
  const R = lengthOf(x) / C;
  const runs = Math.ceil(R / RUN);
  const once = (from: Tensor, sums: Tensor, rows: number, run: number, accumulate: 0 | 1) =>
    kernelTask(
      columnSumsKernel,
      { x: from, sums },
      {
        params: { R: rows, C, run, add: accumulate },
        grid: [groups(C), Math.ceil(rows / run)],
        flop: rows * C,
      },
    );
  if (runs <= 1) return [once(x, into, R, RUN, add)];
  const parts = t.scratch("column sums", [runs, C]);
  return [once(x, parts, R, RUN, 0), once(parts, into, runs, runs, add)];
}
