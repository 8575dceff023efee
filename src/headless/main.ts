/**
 * The page that shell commands drive: the product's own client, worker and figure code behind a few functions that take and
 * return plain data. `scripts/lib/page.mjs` calls them.
 */
import { align } from "./align.ts";
import { calibrate } from "./calibrate.ts";
import { figure } from "./figure.ts";
import { recordFrames } from "./record.ts";
import { recordStudent } from "./record_student.ts";
import { train } from "./train.ts";
import { stopTraining, trainingSoFar } from "./training.ts";
import { verify } from "./verify.ts";

const tempered = { align, calibrate, figure, recordFrames, recordStudent, stopTraining, train, trainingSoFar, verify };

declare global {
  interface Window {
    tempered: typeof tempered;
  }
}

window.tempered = tempered;
