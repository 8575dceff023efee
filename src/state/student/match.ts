import { create } from "zustand";
import type { StudentCorrespondence } from "../../worker/protocol.ts";
import { ask } from "./ask.ts";
import { byLiveRun, useStudents } from "./store.ts";

export type MatchAsked = StudentCorrespondence["asked"];

/** What is looked up in one live run, and what was found. */
interface Match {
  /** What the controls say. */
  readonly asked: MatchAsked;
  /** The newest answer, with the question that it answers; null before the first. */
  readonly found: StudentCorrespondence | null;
  readonly busy: boolean;
}

interface Matches {
  /** The last question, whichever run it was put to: another run is asked the same first. */
  readonly last: MatchAsked;
  /** By run; a run that nobody asked has no entry. */
  readonly of: Readonly<Record<number, Match | undefined>>;
}

/** In the middle of the noise and of the first frame. */
export const useMatch = create<Matches>(() => ({
  last: { clip: 0, query: { frame: 0, token: 36 }, block: 1, t: 300 },
  of: {},
}));

/** Asks where a token is found now, by teacher and student. The newest question wins. */
export async function lookInside(run: number, change: Partial<MatchAsked> = {}): Promise<void> {
  const { last, of } = useMatch.getState();
  const before = of[run];
  const wanted = { ...(before?.asked ?? last), ...change };
  const { runs } = useStudents.getState();
  // The run that was asked before may have had more blocks.
  const depth = runs.find((one) => one.run === run)?.shape.depth ?? wanted.block;
  const asked = { ...wanted, block: Math.min(wanted.block, depth) };
  const put = (match: Match) => useMatch.setState((now) => ({ of: { ...byLiveRun(now.of), [run]: match } }));
  useMatch.setState({ last: asked });
  put({ asked, found: before?.found ?? null, busy: true });
  const found = await ask({ type: "student-correspond", run, ...asked });
  const now = useMatch.getState().of[run];
  // An older answer leaves the newer question open.
  if (now?.asked === asked) put({ asked, found: found ?? now.found, busy: false });
}
