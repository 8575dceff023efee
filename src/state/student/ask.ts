import { askTelling } from "../compute.ts";
import { setStudents } from "./store.ts";

/** A request whose failure is a sentence above the figure. */
export const ask = askTelling(({ message }) => setStudents({ notice: message }));
