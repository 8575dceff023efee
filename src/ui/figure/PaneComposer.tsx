import { useCallback, useState } from "react";
import { composeFigure, printable } from "../../figure/compose.ts";
import type { PaneFigure } from "../../figure/panes.ts";
import type { PrintChoices } from "../../state/figure_choices.ts";
import { Composer, Picks, SideBySide } from "./Composer.tsx";

interface PaneComposerProps {
  readonly figure: PaneFigure;
  readonly caption: string;
  readonly stem: string;
  readonly onClose: () => void;
}

/** Composes a table of panes: which rows, which frames. */
export function PaneComposer({ figure, ...about }: PaneComposerProps) {
  const [rows, setRows] = useState<readonly string[]>(() => printable(figure).map(({ id }) => id));
  const [columns, setColumns] = useState<readonly number[]>(() => figure.timesS.map((_, f) => f));
  const [perBand, setPerBand] = useState(0);
  const compose = useCallback(
    (print: PrintChoices, caption: string) =>
      composeFigure(figure, caption, { ...print, rows, columns, perBand: perBand || null }),
    [figure, rows, columns, perBand],
  );
  return (
    <Composer compose={compose} lettered {...about}>
      <SideBySide what="Frames" most={columns.length} value={perBand} onChange={setPerBand} />
      <Picks
        legend="Rows"
        all={printable(figure).map(({ id, label }) => [id, label])}
        chosen={rows}
        onChange={setRows}
      />
      <Picks
        legend="Frames"
        all={figure.timesS.map((timeS, f) => [f, `${timeS.toFixed(2)} s`])}
        chosen={columns}
        onChange={setColumns}
      />
    </Composer>
  );
}
