import { useState } from "react";
import { keptFigure } from "../../figure/kept.ts";
import type { PaneFigure } from "../../figure/panes.ts";
import { loadPart } from "../../site/files.ts";
import { failureOf } from "../../state/failure.ts";
import { usePrintChoices } from "../../state/figure_choices.ts";
import { setSession } from "../../state/session.ts";
import { useSettings } from "../../state/settings.ts";
import { Button } from "../controls/controls.tsx";
import { saveBlob } from "../controls/download.ts";
import { FileGroup } from "../controls/ExportSection.tsx";
import { later } from "../later.tsx";
import { withKept } from "./writer.ts";

const PaneComposer = later("the composer of figures", async () => (await import("./PaneComposer.tsx")).PaneComposer);

/** What is on show, in bands that fit. */
const ALL = { rows: null, columns: null, perBand: null };

interface FigureButtonsProps {
  /** Made when it is wanted. */
  readonly figure: () => PaneFigure;
  readonly caption: () => string;
  /** What the file is called. */
  readonly stem: string;
}

interface Composed {
  readonly figure: PaneFigure;
  readonly caption: string;
  readonly stem: string;
}

const keptOf =
  ({ figure, caption }: Pick<FigureButtonsProps, "figure" | "caption">) =>
  () =>
    [keptFigure(figure()), caption()] as const;

/** The figure composed first, or as PDF at once, as figures were made last: of what is on show when the button is pressed, as in `FigureFiles`. */
export function FigureButtons({ figure, caption, stem }: FigureButtonsProps) {
  /** As it was when its composer was opened: what is on show may change behind it. */
  const [composed, setComposed] = useState<Composed | null>(null);
  const compose = () => setComposed({ figure: keptFigure(figure()), caption: caption(), stem });
  const print = usePrintChoices();
  const pdf = () =>
    withKept(keptOf({ figure, caption }), async ({ figurePdf }, [of, words]) =>
      saveBlob(`${stem} ${print.widthMm} mm`, "pdf", await figurePdf(of, words, { ...print, ...ALL })),
    );
  return (
    <>
      <Button onClick={compose}>Figure …</Button>
      <Button title={`${print.widthMm} mm wide, type of ${print.typePt} pt, as chosen last`} onClick={() => void pdf()}>
        PDF
      </Button>
      {composed && <PaneComposer {...composed} onClose={() => setComposed(null)} />}
    </>
  );
}

/** The figure in the other forms that it has. */
export function FigureFiles({ figure, caption, stem }: FigureButtonsProps) {
  const { dpi, ...print } = usePrintChoices();
  const choices = { ...print, ...ALL };
  const focusRow = useSettings((settings) => settings.focusRow);
  const overlay = async () => {
    const of = keptFigure(figure());
    try {
      const { overlayFile, overlayRow } = await loadPart("the video encoder", () => import("../../scene/overlay.ts"));
      const { blob, extension } = await overlayFile(of, overlayRow(of, focusRow));
      saveBlob(`${stem} overlay`, extension, blob);
    } catch (error) {
      setSession({ failure: failureOf(error) });
    }
  };
  const kept = keptOf({ figure, caption });
  const png = () =>
    withKept(kept, async ({ figurePng }, [of, words]) =>
      saveBlob(stem, "png", await figurePng(of, words, choices, dpi)),
    );
  const svg = () =>
    withKept(kept, async ({ figureSvg }, [of, words]) => saveBlob(stem, "svg", await figureSvg(of, words, choices)));
  return (
    <FileGroup title="Figure">
      <Button onClick={() => void png()}>PNG</Button>
      <Button onClick={() => void svg()}>SVG</Button>
      <Button onClick={() => void overlay()}>Overlay video</Button>
    </FileGroup>
  );
}
