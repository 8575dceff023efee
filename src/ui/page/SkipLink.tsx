import css from "./SkipLink.module.css";

/** The first thing that Tab reaches: past the header and the controls to the figure, or to the stage where there is none. */
export function SkipLink() {
  const skip = () => {
    const stage = document.querySelector<HTMLElement>("main");
    const figure =
      stage?.querySelector<HTMLElement>("[role=application]") ??
      stage?.querySelector<HTMLElement>("button, a, input, select");
    // While a clip is being encoded the stage holds nothing that takes the focus.
    if (!figure && stage) stage.tabIndex = -1;
    (figure ?? stage)?.focus();
    (figure ?? stage)?.scrollIntoView({ block: "nearest" });
  };
  return (
    <button type="button" className={css.skip} onClick={skip}>
      Skip to the figure
    </button>
  );
}
