import { useState } from "react";
import { currentLink } from "../../state/address_bar.ts";
import { useEvaluation } from "../../state/evaluate/store.ts";
import { useSettings } from "../../state/settings.ts";
import { CopyButton } from "../controls/CopyButton.tsx";
import css from "../controls/Popover.module.css";
import { BIBTEX, PAPER_URL, VERSION } from "./cite.ts";
import header from "./Header.module.css";

/** The view as a link, and what to cite. */
export function ShareMenu() {
  const [link, setLink] = useState("");
  const judged = useEvaluation((evaluation) => evaluation.judged);
  const inEvaluate = useSettings((settings) => settings.view === "evaluate");
  const own = inEvaluate && judged?.source.kind === "student" && judged.source.model.card === null;
  return (
    <>
      <button type="button" className={header.tool} popoverTarget="share-menu">
        Share, cite
      </button>
      <div
        id="share-menu"
        popover="auto"
        className={css.panel}
        role="dialog"
        aria-label="Share and cite"
        onBeforeToggle={() => setLink(currentLink())}
      >
        <h2>Link to this view</h2>
        <p>
          The address holds clip, window, queries and all settings: whoever opens it sees the same. A video of your own
          is not in it; the page asks for the file.
          {own && " A student of your own is not in it either: the link opens the clip of the student that ships."}
        </p>
        <div className={css.actions}>
          <CopyButton key={link} text={link}>
            Copy link
          </CopyButton>
        </div>
        <h2 style={{ marginTop: 16 }}>Cite</h2>
        <p>
          The method is of{" "}
          <a href={PAPER_URL} target="_blank" rel="noreferrer">
            Tempered Self-Similarity Alignment, arXiv 2605.24962
          </a>
          ; this page is Tempered {VERSION}.
        </p>
        <pre className={css.bibtex}>{BIBTEX}</pre>
        <div className={css.actions}>
          <CopyButton text={BIBTEX}>Copy BibTeX</CopyButton>
        </div>
      </div>
    </>
  );
}
