import { flush } from "./events.ts";
import { type Busy, setStudents, useStudents } from "./store.ts";

/** Does one thing at a time. */
export async function alone(busy: Busy, work: () => Promise<void>): Promise<void> {
  if (useStudents.getState().busy) return;
  setStudents({ busy, notice: null });
  try {
    await work();
  } finally {
    flush();
    setStudents({ busy: null, preparing: null });
  }
}
