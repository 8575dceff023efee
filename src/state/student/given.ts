/** Files that the user gives: checkpoints to go on from, or weights to start from. */
import { jsonIn, parseSafetensors } from "../../formats/safetensors.ts";
import { parseStudentRecipe } from "../../worker/protocol.ts";
import { setSettings, useSettings } from "../settings.ts";
import { waitSentence } from "../train/resume.ts";
import { alone } from "./alone.ts";
import { BUSY } from "./names.ts";
import { type GivenFile, setStudents, useStudents } from "./store.ts";

/** A safetensors file with a student: it waits until the user says what for. */
export async function offerStudentFile(file: File): Promise<void> {
  setSettings({ view: "train", learns: "student" });
  const { busy } = useStudents.getState();
  if (busy) return setStudents({ notice: waitSentence(BUSY[busy], file.name) });
  await alone("read", async () => {
    try {
      setStudents({ offered: givenFile(file.name, new Uint8Array(await file.arrayBuffer())) });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      setStudents({ notice: `“${file.name}” holds no student: ${why}` });
    }
  });
}

/** What a run's checkpoint says it is. */
const FORMAT = "tempered-student";

/** @throws Error with one sentence where the file is broken */
export function givenFile(name: string, bytes: Uint8Array<ArrayBuffer>): GivenFile {
  const { tensors, metadata } = parseSafetensors(bytes);
  if (metadata.format !== FORMAT) return { name, bytes, checkpoint: null };
  const recipe = parseStudentRecipe(jsonIn(metadata, "recipe"));
  const step = tensors.get("step")?.data[0];
  if (typeof step !== "number") throw new Error('it has no number "step": the file was changed or cut short');
  return { name, bytes, checkpoint: { step, recipe } };
}

/** The file's weights are what the next run starts with. */
export function startFromFile(): void {
  const { offered } = useStudents.getState();
  if (!offered) return;
  setStudents({ weights: offered, offered: null });
  setSettings({ student: { ...useSettings.getState().student, start: "file" } });
}
