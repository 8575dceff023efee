import { useState } from "react";
import { OWN_ROW } from "../../figure/explore_figure.ts";
import type { PaneFigure } from "../../figure/panes.ts";
import { loadPart } from "../../site/files.ts";
import { usePrintChoices } from "../../state/figure_choices.ts";
import { useSettings } from "../../state/settings.ts";
import { Button } from "../controls/controls.tsx";
import { saveBlob } from "../controls/download.ts";
import { later } from "../later.tsx";
import { withWriter } from "./writer.ts";

const PaneComposer = later("the composer of figures", async () => (await import("./PaneComposer.tsx")).PaneComposer);

interface FigureButtonsProps {
  /** Made when it is wanted. */
  readonly figure: () => PaneFigure;
  readonly caption: () => string;
  /** What the file is called. */
  readonly stem: string;
}

/** The figure as a file, as figures were made last; or composed first. */
export function FigureButtons({ figure, caption, stem }: FigureButtonsProps) {
  const [composed, setComposed] = useState<PaneFigure | null>(null);
  const { dpi, ...print } = usePrintChoices();
  const choices = { ...print, rows: null, columns: null, perBand: null };
  const focusRow = useSettings((settings) => settings.focusRow);
  const overlay = async () => {
    const of = figure();
    // The row that stands large, if it has heat; else the one that is steered, or the first that has some.
    const heat = (id: string) => of.rows.findIndex((row) => row.id === id && row.values !== null);
    const row = [focusRow, OWN_ROW].map(heat).find((r) => r >= 0) ?? of.rows.findIndex(({ values }) => values !== null);
    const { overlayFile } = await loadPart("the video encoder", () => import("../../scene/overlay.ts"));
    const { blob, extension } = await overlayFile(of, Math.max(row, 0));
    saveBlob(`${stem} overlay`, extension, blob);
  };
  const png = () =>
    withWriter(async ({ figurePng }) => saveBlob(stem, "png", await figurePng(figure(), caption(), choices, dpi)));
  const svg = () =>
    withWriter(async ({ figureSvg }) => saveBlob(stem, "svg", await figureSvg(figure(), caption(), choices)));
  return (
    <>
      <Button onClick={() => setComposed(figure())}>Figure …</Button>
      <Button onClick={() => void png()}>PNG</Button>
      <Button onClick={() => void svg()}>SVG</Button>
      <Button onClick={() => void overlay()}>Overlay video</Button>
      {composed && <PaneComposer figure={composed} caption={caption()} stem={stem} onClose={() => setComposed(null)} />}
    </>
  );
}
