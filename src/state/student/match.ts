import { create } from "zustand";
import type { StudentCorrespondence } from "../../worker/protocol.ts";
import { ask } from "./ask.ts";
import { useStudents } from "./store.ts";

export type MatchAsked = StudentCorrespondence["asked"];

interface Matches {
  /** What the controls say. */
  readonly asked: MatchAsked;
  /** Of a live run, as it was when it was asked last; null until somebody asks. */
  readonly found: StudentCorrespondence | null;
  readonly busy: boolean;
}

/** In the middle of the noise and of the first frame. */
export const useMatch = create<Matches>(() => ({
  asked: { clip: 0, query: { frame: 0, token: 36 }, block: 1, t: 300 },
  found: null,
  busy: false,
}));

/** Asks where a token is found now, by teacher and student. The newest question wins. */
export async function lookInside(run: number, change: Partial<MatchAsked> = {}): Promise<void> {
  const wanted = { ...useMatch.getState().asked, ...change };
  const { runs } = useStudents.getState();
  // The run that was asked before may have had more blocks.
  const depth = runs.find((one) => one.run === run)?.shape.depth ?? wanted.block;
  const asked = { ...wanted, block: Math.min(wanted.block, depth) };
  useMatch.setState({ asked, busy: true });
  const found = await ask({ type: "student-correspond", run, ...asked });
  // An older answer leaves the newer question open.
  if (useMatch.getState().asked !== asked) return;
  useMatch.setState(found ? { found, busy: false } : { busy: false });
}
