import { type ReactNode, useEffect } from "react";
import type { CompareInput } from "../figure/compare_figure.ts";
import type { ExploreInput } from "../figure/explore_figure.ts";
import { spaceSentence } from "../scene/path_words.ts";
import { compareSpace, exploreSpace } from "../scene/space_input.ts";
import { useSession } from "../state/session.ts";
import { useSettings, type View } from "../state/settings.ts";
import css from "./App.module.css";
import { BenchView } from "./bench/BenchView.tsx";
import { Timeline } from "./clip/Timeline.tsx";
import { CompareNotes } from "./compare/CompareNotes.tsx";
import { CompareRail } from "./compare/CompareRail.tsx";
import { CompareStage } from "./compare/CompareStage.tsx";
import { useCompareInput } from "./compare/input.ts";
import { EvaluateView } from "./evaluate/EvaluateView.tsx";
import { ExploreRail } from "./explore/ExploreRail.tsx";
import { ExploreStage } from "./explore/ExploreStage.tsx";
import { useExploreInput } from "./explore/input.ts";
import { ExploreNotes, Notes } from "./notes/Notes.tsx";
import { DropZone } from "./page/DropZone.tsx";
import { EmptyStage } from "./page/EmptyStage.tsx";
import { FailurePanel } from "./page/FailurePanel.tsx";
import { Header } from "./page/Header.tsx";
import { compareSentence, exploreSentence, LiveRegion } from "./page/LiveRegion.tsx";
import { PageNotice } from "./page/PageNotice.tsx";
import { StatusBar } from "./page/StatusBar.tsx";
import { TITLES } from "./page/view_titles.ts";
import { useTrainSentence } from "./train/input.ts";
import { TrainNotes } from "./train/TrainNotes.tsx";
import { TrainRail } from "./train/TrainRail.tsx";
import { TrainStage } from "./train/TrainStage.tsx";

/** The page: header, then the view that is chosen. */
export function App() {
  const view = useSettings((settings) => settings.view);
  useEffect(() => {
    document.title = view === "explore" ? "Tempered" : `${TITLES[view]} · Tempered`;
  }, [view]);
  const views: Readonly<Record<View, () => ReactNode>> = {
    explore: () => <ExploreView />,
    compare: () => <CompareView />,
    train: () => <TrainView />,
    evaluate: () => <EvaluateView />,
    bench: () => <BenchView />,
  };
  return (
    <>
      {views[view]()}
      <DropZone />
      <PageNotice />
    </>
  );
}

/** What a screen reader hears of the block instead of the panes: the whole path. */
const exploreWords = (input: ExploreInput) => spaceSentence(exploreSpace(input));
const compareWords = (input: CompareInput) => spaceSentence(compareSpace(input, 0, "teacher"));

function ExploreView() {
  const input = useExploreInput();
  const words = useSettings((settings) => settings.stage) === "panes" ? exploreSentence : exploreWords;
  return (
    <ClipPage
      title="Explore the correspondences of a clip"
      rail={<ExploreRail input={input} />}
      stage={input && <ExploreStage input={input} />}
      notes={<ExploreNotes input={input} />}
      sentence={input ? words(input) : ""}
    />
  );
}

function CompareView() {
  const input = useCompareInput();
  const words = useSettings((settings) => settings.stage) === "panes" ? compareSentence : compareWords;
  return (
    <ClipPage
      title="Compare a student with a teacher on one clip"
      rail={<CompareRail input={input} />}
      stage={input && <CompareStage input={input} />}
      notes={<CompareNotes input={input} />}
      sentence={input ? words(input) : ""}
    />
  );
}

function TrainView() {
  const ready = useSession((session) => session.encoded !== null);
  const sentence = useTrainSentence();
  return (
    <ClipPage
      title="Train a student on the correspondences of a clip"
      rail={<TrainRail />}
      stage={ready && <TrainStage />}
      notes={<TrainNotes />}
      sentence={sentence}
    />
  );
}

interface ClipPageProps {
  readonly title: string;
  readonly rail: ReactNode;
  /** undefined until there is something to show. */
  readonly stage: ReactNode;
  readonly notes: ReactNode;
  readonly sentence: string;
}

/** A view of a clip: timeline, then rail, stage and notes, then the status line. */
function ClipPage({ title, rail, stage, notes, sentence }: ClipPageProps) {
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
