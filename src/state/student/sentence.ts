/** The sentence of a task of the user's own, from the first letter until the grammar has passed it. */
import { checkPrompt } from "../evaluate/sandbox.ts";
import { setSettings, useSettings } from "../settings.ts";
import { type Students, setStudents, type TypedSentence, useStudents } from "./store.ts";

const REFUSED = "The task's sentence cannot be used";

/** What the field shows. */
export const sentenceOn = ({ typed }: Pick<Students, "typed">, task: string): string =>
  typed?.over === task ? typed.sentence : task;

export function typeSentence(sentence: string): void {
  setStudents({ typed: { sentence, over: useSettings.getState().student.task } });
}

/**
 * Makes what was typed the task where the grammar passes it. What begins with the task waits for this, since its button may be pressed
 * straight from the field.
 * @returns whether the task is what the field shows; where it isn't, a notice says so to who `begins` something
 */
export async function takeSentence(begins = false): Promise<boolean> {
  const { typed } = useStudents.getState();
  if (!typed || !isOpen(typed)) return true;
  const answer = await checkPrompt(typed.sentence);
  const { typed: now } = useStudents.getState();
  // Taken meanwhile, or typed over: then the field is left once more.
  if (now !== typed) return !now || !isOpen(now);
  if (answer?.template) {
    setStudents({ typed: null });
    setSettings({ student: { ...useSettings.getState().student, task: typed.sentence } });
    return true;
  }
  if (begins && answer?.problem) setStudents({ notice: `${REFUSED}: ${answer.problem.message}.` });
  return false;
}

const isOpen = ({ over }: TypedSentence) => over === useSettings.getState().student.task;
