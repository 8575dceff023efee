import { useEffect } from "react";
import { useSettings } from "../state/settings.ts";
import { VIEWS } from "../state/views.ts";
import { FeaturesDialog } from "./files/FeaturesDialog.tsx";
import { DropZone } from "./page/DropZone.tsx";
import { PageNotice } from "./page/PageNotice.tsx";
import { VIEW_PAGES } from "./views.tsx";

/** The page: the view that is chosen, and what lies over all of them. */
export function App() {
  const view = useSettings((settings) => settings.view);
  useEffect(() => {
    document.title = view === "explore" ? "Tempered" : `${VIEWS[view].title} · Tempered`;
  }, [view]);
  const { Page } = VIEW_PAGES[view];
  return (
    <>
      <Page />
      <DropZone />
      <FeaturesDialog />
      <PageNotice />
    </>
  );
}
