/** Files that the user gives to the page. Dropped, pasted or picked, they all go the same way. */
import {
  isMetrics,
  isModel,
  isNpz,
  isPicture,
  isSafetensors,
  isTable,
  isTruth,
  isVideo,
  npzKind,
  safetensorsKind,
  tableKind,
} from "../../formats/file_kinds.ts";
import { openFile } from "../../state/explore/explore.ts";
import { failureOf } from "../../state/failure.ts";
import { bringFeatures } from "../../state/features.ts";
import { bringMask } from "../../state/mask/mask.ts";
import { bringModel } from "../../state/models.ts";
import { takeStudentFile } from "../../state/own_students.ts";
import { tell, tellLeft } from "../../state/page_notice.ts";
import { setSession } from "../../state/session.ts";
import { useSettings } from "../../state/settings.ts";
import { inView } from "../../state/starts.ts";
import { bringTruth } from "../../state/truth/truth.ts";
import { VIEWS } from "../../state/views.ts";

const ours = (file: File): boolean =>
  [isVideo, isSafetensors, isMetrics, isTable, isTruth, isPicture, isModel].some((is) => is(file));

/** Takes one of several files, the first that can be one of ours, and says which were left. Tables belong together, and pictures of a mask: all of them. */
export function takeFiles(files: readonly File[]): void {
  // The weights of a model lie in files of any name beside it: which, its own file says.
  if (files.some(isModel)) return void bringModel(files);
  // A picture beside a clip is no mask: pages and programs put one of themselves beside what is dragged out of them.
  const file = files.find((one) => ours(one) && !isPicture(one)) ?? files.find(ours) ?? files[0];
  if (!file) return;
  const together = [isTable, isPicture].find((is) => is(file));
  const all = together ? files.filter(together) : [file];
  const left = files.filter((other) => !all.includes(other));
  tellLeft(file.name, left);
  const taken = isTable(file) ? takeTables(all, left) : isPicture(file) ? bringMask(all) : take(file);
  taken.catch((error: unknown) => setSession({ failure: failureOf(error) }));
}

/** Tables of scores all together; of point tracks one, as of other files. */
async function takeTables(tables: readonly File[], left: readonly File[]): Promise<void> {
  const [file, ...others] = tables;
  if ((await tableKind(file)) === "tracks") {
    tellLeft(file.name, [...others, ...left]);
    return bringTruth(file);
  }
  const { openJudgeTables } = await inView("evaluate", () => import("../../state/evaluate/judges.ts"));
  await openJudgeTables(tables);
}

/**
 * Curves of a run at full size go to Train, features become an encoder, point tracks the open clip's truth, a checkpoint of the projector goes on where it stopped, anything
 * else is tried as a clip; Evaluate judges what it is given. A diffusion student draws in Evaluate and trains in Train; elsewhere it is an encoder.
 */
async function take(file: File): Promise<void> {
  if (isMetrics(file)) {
    const { openMetrics } = await inView("train", () => import("../../state/train/full_size.ts"));
    return openMetrics(file);
  }
  if (isNpz(file) && (await npzKind(file)) === "mask") return bringMask([file]);
  if (isTruth(file)) return bringTruth(file);
  const kind = isSafetensors(file) ? await safetensorsKind(file) : "clip";
  if (kind === "features") return bringFeatures(file);
  if (kind === "mask") return bringMask([file]);
  if (VIEWS[useSettings.getState().view].drop === "judged") {
    const { judgeFile, takeStudent } = await inView("evaluate", () => import("../../state/evaluate/evaluate.ts"));
    return kind === "student" ? takeStudent(file) : judgeFile(file);
  }
  if (kind === "student" && useSettings.getState().view !== "train") return takeStudentFile(file);
  if (kind === "student") {
    const { offerStudentFile } = await inView("train", () => import("../../state/student/given.ts"));
    return offerStudentFile(file);
  }
  if (kind === "checkpoint") {
    const { openCheckpoint } = await inView("train", () => import("../../state/train/resume.ts"));
    return openCheckpoint(file);
  }
  openFile(file);
}

/** Takes what was let fall on the page, and says so where there is no file in it. */
export function takeDropped({ items, files }: Pick<DataTransfer, "items" | "files">): void {
  const folder = [...items].map((item) => item.webkitGetAsEntry()).find((entry) => entry?.isDirectory);
  if (folder) tell(`“${folder.name}” is a folder: drop one video, or make one of its pictures first.`);
  else if (files.length > 0) takeFiles([...files]);
  else tell("That was a link or a piece of a page and no file: save the video first, then drop the file.");
}

/**
 * Takes what was pasted where that is one of ours. Cells and words copied from an office program bring a picture of themselves,
 * and into a field goes the text, whatever else there is.
 */
export function takePasted({ files, types }: Pick<DataTransfer, "files" | "types">, intoField: boolean): void {
  if (intoField && types.includes("text/plain")) return;
  const found = [...files].filter(ours);
  if (found.length > 0) takeFiles(found);
}

/** Whether text can be typed, pasted and dropped there. */
export const isField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    target.closest("textarea, input:not([type=checkbox], [type=range], [type=radio])") !== null);
