import { useSession } from "../state/session.ts";
import css from "./App.module.css";
import { DropZone } from "./DropZone.tsx";
import { EmptyStage } from "./EmptyStage.tsx";
import { ExploreStage } from "./ExploreStage.tsx";
import { useExploreInput } from "./explore_input.ts";
import { FailurePanel } from "./FailurePanel.tsx";
import { Header } from "./Header.tsx";
import { LiveRegion } from "./LiveRegion.tsx";
import { Notes } from "./Notes.tsx";
import { Rail } from "./Rail.tsx";
import { StatusBar } from "./StatusBar.tsx";
import { Timeline } from "./Timeline.tsx";

/** The page: header, timeline, then rail, stage and notes, then the status line. */
export function App() {
  const input = useExploreInput();
  const failure = useSession((session) => session.failure);
  return (
    <>
      <div className={css.app}>
        <header className={css.header}>
          <Header />
        </header>
        <div className={css.timeline}>
          <Timeline />
        </div>
        <aside className={css.rail} aria-label="Controls">
          <Rail input={input} />
        </aside>
        <main className={css.stage} aria-label="Explore">
          <h1 className="visually-hidden">Explore the correspondences of a clip</h1>
          {failure ? <FailurePanel failure={failure} /> : input ? <ExploreStage input={input} /> : <EmptyStage />}
        </main>
        <aside className={css.notes} aria-label="Notes">
          <Notes input={input} />
        </aside>
        <footer className={css.status}>
          <StatusBar />
        </footer>
        <LiveRegion input={input} />
      </div>
      <DropZone />
    </>
  );
}
