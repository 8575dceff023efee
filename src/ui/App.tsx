import { Suspense, useEffect } from "react";
import { useSettings } from "../state/settings.ts";
import { VIEWS } from "../state/views.ts";
import css from "./App.module.css";
import { FeaturesDialog } from "./files/FeaturesDialog.tsx";
import { ModelQuestions } from "./files/ModelQuestions.tsx";
import { DropZone } from "./page/DropZone.tsx";
import { usePageKeys } from "./page/keys.ts";
import { PageNotice } from "./page/PageNotice.tsx";
import { SkipLink } from "./page/SkipLink.tsx";
import { VIEW_PAGES } from "./views.tsx";

/** The page: the view that is chosen, and what lies over all of them. */
export function App() {
  const view = useSettings((settings) => settings.view);
  useEffect(() => {
    document.title = view === "explore" ? "Tempered" : `${VIEWS[view].title} · Tempered`;
  }, [view]);
  usePageKeys();
  const Page = VIEW_PAGES[view];
  return (
    <>
      <SkipLink />
      <Suspense fallback={<p className={css.loading}>Opening {VIEWS[view].title} …</p>}>
        <Page />
      </Suspense>
      <DropZone />
      <FeaturesDialog />
      <ModelQuestions />
      <PageNotice />
    </>
  );
}
