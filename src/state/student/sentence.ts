/** The sentence of a task of the user's own, from the first letter until the grammar has passed it. */
import { checkPrompt } from "../evaluate/sandbox.ts";
import { setSettings, useSettings } from "../settings.ts";
import { setStudents, useStudents } from "./store.ts";

const REFUSED = "The sentence of the task cannot be used";

export const typeSentence = (typed: string): void => setStudents({ typed });

/** Once the settings have another task, the user's choice or a run's, what was typed over the one before is of no account. */
export function followTask(): void {
  useSettings.subscribe(({ student }, before) => {
    if (student.task !== before.student.task) setStudents({ typed: null });
  });
}

/** Makes what was typed the task, where the grammar passes it. @returns why it does not; null where nothing is left open */
export async function takeSentence(): Promise<string | null> {
  const { typed } = useStudents.getState();
  if (typed === null) return null;
  const answer = await askedOnce(typed);
  const { typed: now } = useStudents.getState();
  // Taken meanwhile, of no account any more, or typed over: then the field is left once more.
  if (now !== typed) return now === null ? null : "it is still being typed";
  if (!answer?.template) return answer?.problem?.message ?? "the world's grammar did not answer";
  setSettings({ student: { ...useSettings.getState().student, task: typed } });
  const { notice } = useStudents.getState();
  // It may have been the task all along.
  setStudents({ typed: null, notice: notice?.startsWith(REFUSED) ? null : notice });
  return null;
}

/** A field that is left for a button asks twice, and a newer question to the worker ends the older one. */
const asked = new Map<string, ReturnType<typeof checkPrompt>>();

function askedOnce(typed: string): ReturnType<typeof checkPrompt> {
  const asking = asked.get(typed) ?? checkPrompt(typed).finally(() => asked.delete(typed));
  asked.set(typed, asking);
  return asking;
}

/** What a button begins that may be pressed straight from the sentence's field. */
export async function withSentence(begin: () => Promise<void>): Promise<void> {
  const problem = await takeSentence();
  if (problem === null) await begin();
  else setStudents({ notice: `${REFUSED}: ${problem}.` });
}
