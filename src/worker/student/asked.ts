import student from "../../../models/student/student.json";
import type { StudentShape } from "../../student/model.ts";
import { SessionError } from "../../train/session.ts";
import { BadRequest } from "../failures.ts";

const SHIPPED = student.shape;

/** @throws BadRequest for a student of another token grid than the sandbox's clips have */
export function checkGrid({ frames, rows, values, vocabulary, words }: StudentShape): void {
  const wrong = Object.entries({ frames, rows, values, vocabulary, words }).find(
    ([name, value]) => value !== SHIPPED[name as keyof typeof SHIPPED],
  );
  if (wrong) {
    const [name, value] = wrong;
    throw new BadRequest(
      `the student has ${name} ${value}, the sandbox's clips need ${SHIPPED[name as keyof typeof SHIPPED]}: start from a student of this world`,
    );
  }
}

export const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What is wrong with a request is the asker's to mend. */
export function asked<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new BadRequest(sentenceOf(error));
  }
}

export async function asSession(work: () => Promise<void> | void): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw error instanceof SessionError ? new BadRequest(error.message) : error;
  }
}
