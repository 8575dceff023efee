import { useEffect, useMemo } from "react";
import { picturesOf, verdictWords } from "../../figure/judge_figure.ts";
import { studentName } from "../../figure/judge_tables.ts";
import { useJudgeTables } from "../../state/evaluate/judges.ts";
import { loadSandbox } from "../../state/evaluate/sandbox.ts";
import { frameOf, useEvaluation, useScrub } from "../../state/evaluate/store.ts";
import { type Generated, type Judged, SANDBOX_CLIP } from "../../worker/protocol.ts";
import css from "../App.module.css";
import { Notes } from "../notes/Notes.tsx";
import { Header } from "../page/Header.tsx";
import { LiveRegion } from "../page/LiveRegion.tsx";
import status from "../page/StatusBar.module.css";
import { EvaluateEmpty } from "./EvaluateEmpty.tsx";
import { EvaluateNotes } from "./EvaluateNotes.tsx";
import { EvaluateRail } from "./EvaluateRail.tsx";
import stage from "./EvaluateStage.module.css";
import { EvaluateStage } from "./EvaluateStage.tsx";
import { useProgressWords } from "./GenerateSection.tsx";
import { JudgeTables } from "./JudgeTables.tsx";
import { CONTROLS_ID } from "./VerdictCard.tsx";

/** The law judge at work on one clip, and the paper's tables beside it. */
export function EvaluateView() {
  const { judged, generated, busy, failure } = useEvaluation();
  const frame = useScrub(frameOf);
  const pictures = useMemo(() => judged && picturesOf(judged), [judged]);
  const beside = useMemo(
    () => generated && { judged: generated.simulated, pictures: picturesOf(generated.simulated) },
    [generated],
  );
  const tables = useJudgeTables(({ tables: open, problem }) => open.length > 0 || problem !== null);
  const working = useProgressWords();
  useEffect(() => void loadSandbox(), []);
  return (
    <div className={css.app}>
      <header className={css.header}>
        <Header />
      </header>
      <aside className={css.rail} aria-label="Controls" id={CONTROLS_ID}>
        <EvaluateRail judged={judged} pictures={pictures} />
      </aside>
      <main className={css.stage}>
        <h1 className="visually-hidden">Evaluate one clip by the laws of its world</h1>
        {judged && pictures && !failure ? (
          <EvaluateStage judged={judged} pictures={pictures} beside={beside} busy={busy} />
        ) : (
          <>
            <EvaluateEmpty />
            {tables && (
              <div className={stage.stage}>
                <JudgeTables />
              </div>
            )}
          </>
        )}
      </main>
      <aside className={css.notes} aria-label="Notes">
        <Notes>
          <EvaluateNotes judged={judged} generated={generated} />
        </Notes>
      </aside>
      <footer className={css.status}>
        <div className={status.bar}>
          {judged && (
            <>
              <span>
                {SANDBOX_CLIP.frames} frames of {SANDBOX_CLIP.size}×{SANDBOX_CLIP.size}, {judged.verdict.category}
              </span>
              <span>judged in {judged.judgeMs.toFixed(0)} ms, from pixels and sentence alone</span>
            </>
          )}
          {generated && <span>{madeIn(generated)}</span>}
          {busy && <span>Judging …</span>}
          <span className={status.private}>Nothing leaves this machine.</span>
        </div>
      </footer>
      <LiveRegion sentence={working ?? (judged ? `${spokenVerdict(judged, generated)}; frame ${frame}` : "")} />
    </div>
  );
}

const madeIn = ({ generateMs, provider }: Generated) => `made in ${(generateMs / 1000).toFixed(1)} s (${provider})`;

const spokenVerdict = (judged: Judged, generated: Generated | null) =>
  generated
    ? `${judged.source.kind === "student" ? studentName(judged.source.model) : "the student"}'s clip: ${verdictWords(judged)}; the simulator's: ${verdictWords(generated.simulated)}`
    : verdictWords(judged);
