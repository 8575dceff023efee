import type { ReactNode } from "react";
import { useSession } from "../../state/session.ts";
import css from "../App.module.css";
import { Timeline } from "../clip/Timeline.tsx";
import { Notes } from "../notes/Notes.tsx";
import { EmptyStage } from "./EmptyStage.tsx";
import { FailurePanel } from "./FailurePanel.tsx";
import { Header } from "./Header.tsx";
import { LiveRegion } from "./LiveRegion.tsx";
import { StatusBar } from "./StatusBar.tsx";

interface ClipPageProps {
  readonly title: string;
  readonly rail: ReactNode;
  /** undefined until there is something to show. */
  readonly stage: ReactNode;
  readonly notes: ReactNode;
  readonly sentence: string;
}

/** A view of a clip: timeline, then rail, stage and notes, then the status line. */
export function ClipPage({ title, rail, stage, notes, sentence }: ClipPageProps) {
  const failure = useSession((session) => session.failure);
  return (
    <div className={css.app}>
      <header className={css.header}>
        <Header />
      </header>
      <div className={css.timeline}>
        <Timeline />
      </div>
      <aside className={css.rail} aria-label="Controls">
        {rail}
      </aside>
      <main className={css.stage}>
        <h1 className="visually-hidden">{title}</h1>
        {failure ? <FailurePanel failure={failure} /> : stage || <EmptyStage />}
      </main>
      <aside className={css.notes} aria-label="Notes">
        <Notes>{notes}</Notes>
      </aside>
      <footer className={css.status}>
        <StatusBar />
      </footer>
      <LiveRegion sentence={sentence} />
    </div>
  );
}
