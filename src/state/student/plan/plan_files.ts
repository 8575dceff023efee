/** Plans that outlive the page: a folder each, with the file of weights that its students start from. */
import * as v from "valibot";
import { parseStudentRecipe } from "../../../worker/protocol.ts";
import { readFile, replaceFile, storedFolder } from "../../stored/files.ts";
import { OVERS } from "../settings.ts";
import type { StudentPlan } from "./plan.ts";

const ROOT = "student-plans";
const PLAN = "plan.json";
const WEIGHTS = "weights.safetensors";

const folderOf = async (id: string, create: boolean) => (await storedFolder(ROOT)).getDirectoryHandle(id, { create });

/** @throws DOMException QuotaExceededError when the disk is full, SecurityError where storage is blocked */
export async function savePlan(plan: StudentPlan, weights: Uint8Array<ArrayBuffer> | null): Promise<void> {
  const folder = await folderOf(plan.id, true);
  if (weights) await replaceFile(folder, WEIGHTS, weights);
  await replaceFile(folder, PLAN, JSON.stringify(plan));
}

export const loadWeights = async (id: string): Promise<Uint8Array<ArrayBuffer>> =>
  readFile(await folderOf(id, false), WEIGHTS);

/** Oldest first. */
export async function listPlans(): Promise<StudentPlan[]> {
  const found: StudentPlan[] = [];
  for await (const [, handle] of (await storedFolder(ROOT)).entries()) {
    if (handle.kind !== "directory") continue;
    const text = await readFile(handle as FileSystemDirectoryHandle, PLAN).then(
      (bytes) => new TextDecoder().decode(bytes),
      () => "",
    );
    const plan = readPlan(text);
    if (plan) found.push(plan);
  }
  return found.sort((a, b) => a.savedAt - b.savedAt);
}

export async function removePlan(id: string): Promise<void> {
  await (await storedFolder(ROOT)).removeEntry(id, { recursive: true });
}

const schema = v.object({
  version: v.literal(1),
  id: v.string(),
  savedAt: v.number(),
  over: v.picklist(OVERS),
  arms: v.pipe(v.array(v.object({ run: v.string(), recipe: v.unknown() })), v.minLength(1)),
  weights: v.boolean(),
});

/** undefined: another version's file, or one that was cut short or changed. It is left where it is. */
export function readPlan(text: string): StudentPlan | undefined {
  try {
    const found = v.parse(schema, JSON.parse(text));
    return { ...found, arms: found.arms.map(({ run, recipe }) => ({ run, recipe: parseStudentRecipe(recipe) })) };
  } catch {
    return undefined;
  }
}
