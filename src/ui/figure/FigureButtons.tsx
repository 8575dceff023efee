import { lazy, Suspense, useState } from "react";
import { figurePng, figureSvg } from "../../figure/export.ts";
import type { PaneFigure } from "../../figure/panes.ts";
import { usePrintChoices } from "../../state/figure_choices.ts";
import { Button } from "../controls/controls.tsx";
import { saveBlob } from "../controls/download.ts";

const Composer = lazy(async () => ({ default: (await import("./Composer.tsx")).Composer }));

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
  const save = async (extension: string, made: Promise<Blob>) => saveBlob(stem, extension, await made);
  return (
    <>
      <Button onClick={() => setComposed(figure())}>Figure …</Button>
      <Button onClick={() => void save("png", figurePng(figure(), caption(), choices, dpi))}>PNG</Button>
      <Button onClick={() => void save("svg", figureSvg(figure(), caption(), choices))}>SVG</Button>
      {composed && (
        <Suspense>
          <Composer figure={composed} caption={caption()} stem={stem} onClose={() => setComposed(null)} />
        </Suspense>
      )}
    </>
  );
}
