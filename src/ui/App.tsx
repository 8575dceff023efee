import { type ReactNode, useEffect } from "react";
import type { CompareInput } from "../figure/compare_figure.ts";
import type { ExploreInput } from "../figure/explore_figure.ts";
import { spaceSentence } from "../scene/path_words.ts";
import { compareSpace, exploreSpace } from "../scene/space_input.ts";
import { useSession } from "../state/session.ts";
import { useSettings, type View } from "../state/settings.ts";
import css from "./App.module.css";
import { BenchView } from "./BenchView.tsx";
import { CompareNotes } from "./CompareNotes.tsx";
import { CompareRail } from "./CompareRail.tsx";
import { CompareStage } from "./CompareStage.tsx";
import { useCompareInput } from "./compare_input.ts";
import { DropZone } from "./DropZone.tsx";
import { EmptyStage } from "./EmptyStage.tsx";
import { EvaluateView } from "./EvaluateView.tsx";
import { ExploreRail } from "./ExploreRail.tsx";
import { ExploreStage } from "./ExploreStage.tsx";
import { useExploreInput } from "./explore_input.ts";
import { FailurePanel } from "./FailurePanel.tsx";
import { Header } from "./Header.tsx";
import { compareSentence, exploreSentence, LiveRegion } from "./LiveRegion.tsx";
import { ExploreNotes, Notes } from "./Notes.tsx";
import { StatusBar } from "./StatusBar.tsx";
import { Timeline } from "./Timeline.tsx";
import { TrainNotes } from "./TrainNotes.tsx";
import { TrainRail } from "./TrainRail.tsx";
import { TrainStage } from "./TrainStage.tsx";
import { useTrainSentence } from "./train_input.ts";
import { TITLES } from "./view_titles.ts";

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
