import fontUrl from "dejavu-fonts-ttf/ttf/DejaVuSans.ttf?url";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { composeFigure, type Drawing, FIGURE_LIMITS } from "../../figure/compose.ts";
import type { PaneFigure } from "../../figure/panes.ts";
import { drawingPdf } from "../../figure/pdf.ts";
import { drawingPng, drawingSvg } from "../../figure/print.ts";
import { paint } from "../../figure/shapes.ts";
import { fetchFile } from "../../site/files.ts";
import { choosePrint, usePrintChoices } from "../../state/figure_choices.ts";
import { Button, Check, Choice, NumberField } from "../controls/controls.tsx";
import { saveBlob } from "../controls/download.ts";
import css from "./Composer.module.css";

interface ComposerProps {
  readonly figure: PaneFigure;
  readonly caption: string;
  readonly stem: string;
  readonly onClose: () => void;
}

/** A paper's column, both of them, or whatever the user wants. */
const WIDTHS = [85, 180];
const TYPES = [6, 7, 8, 9].map((pt) => [pt, `${pt} pt`] as const);
const DOTS = [150, 300, 600].map((dpi) => [dpi, `${dpi} dpi`] as const);

/** A figure put together for a paper: how wide, which rows and frames, how large the type; seen before it is saved. */
export function Composer({ figure, caption: given, stem, onClose }: ComposerProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const print = usePrintChoices();
  const { dpi } = print;
  const [caption, setCaption] = useState(given);
  const [rows, setRows] = useState(() => figure.rows.map(({ id }) => id));
  const [columns, setColumns] = useState(() => figure.timesS.map((_, f) => f));
  const [perBand, setPerBand] = useState(0);
  const [problem, setProblem] = useState("");
  const own = !WIDTHS.includes(print.widthMm);
  const drawing = useMemo(
    () => composeFigure(figure, caption, { ...print, rows, columns, perBand: perBand || null }),
    [figure, caption, print, rows, columns, perBand],
  );
  useEffect(() => dialog.current?.showModal(), []);
  const save = (extension: string, make: (of: Drawing) => Promise<Blob>) =>
    make(drawing).then(
      (blob) => {
        setProblem("");
        saveBlob(`${stem} ${print.widthMm} mm`, extension, blob);
      },
      (error: unknown) => setProblem(`Not saved: ${error instanceof Error ? error.message : String(error)}`),
    );
  const heightMm = (print.widthMm * drawing.height) / drawing.width;
  const bands = [0, ...Array.from({ length: columns.length }, (_, i) => i + 1)];
  return (
    <dialog ref={dialog} className={css.dialog} aria-labelledby="composer-title" onClose={onClose}>
      <div className={css.head}>
        <h2 id="composer-title">A figure for a paper</h2>
        <Button onClick={() => dialog.current?.close()}>Close</Button>
      </div>
      <div className={css.body}>
        <div className={css.choices}>
          <Choice
            label="Width"
            value={own ? 0 : print.widthMm}
            options={[...WIDTHS.map((mm) => [mm, `${mm} mm`] as const), [0, "my own"]]}
            onChange={(mm) => choosePrint({ widthMm: mm || 120 })}
          />
          {own && (
            <NumberField
              label="Width, mm"
              value={print.widthMm}
              min={FIGURE_LIMITS.widthMm[0]}
              max={FIGURE_LIMITS.widthMm[1]}
              step={1}
              onChange={(widthMm) => choosePrint({ widthMm })}
            />
          )}
          <Choice
            label="Type, as printed"
            value={print.typePt}
            options={TYPES}
            onChange={(typePt) => choosePrint({ typePt })}
          />
          <Choice label="PNG" value={dpi} options={DOTS} onChange={(dots) => choosePrint({ dpi: dots })} />
          <Choice
            label="Frames side by side"
            value={Math.min(perBand, columns.length)}
            options={bands.map((n) => [n, n === 0 ? "as fit" : String(n)] as const)}
            onChange={setPerBand}
          />
          <Check label="Panel letters" checked={print.letters} onChange={(letters) => choosePrint({ letters })} />
          <Check label="Caption" checked={print.caption} onChange={(on) => choosePrint({ caption: on })} />
          {print.caption && (
            <textarea
              className={css.caption}
              aria-label="Caption"
              value={caption}
              rows={4}
              onChange={(event) => setCaption(event.target.value)}
            />
          )}
          <fieldset className={css.picks}>
            <legend>Rows</legend>
            {figure.rows.map(({ id, label }) => (
              <Check
                key={id}
                label={label}
                checked={rows.includes(id)}
                onChange={(on) => setRows(toggled(rows, id, on))}
              />
            ))}
          </fieldset>
          <fieldset className={css.picks}>
            <legend>Frames</legend>
            {figure.timesS.map((timeS, f) => (
              <Check
                // biome-ignore lint/suspicious/noArrayIndexKey: a frame is its index
                key={f}
                label={`${timeS.toFixed(2)} s`}
                checked={columns.includes(f)}
                onChange={(on) => setColumns(toggled(columns, f, on).sort((a, b) => a - b))}
              />
            ))}
          </fieldset>
        </div>
        <div className={css.seen}>
          <Preview drawing={drawing} />
          <p>
            {print.widthMm} × {heightMm.toFixed(0)} mm, type of {print.typePt} pt, always on white.
          </p>
        </div>
      </div>
      <div className={css.actions}>
        <Button primary onClick={() => void save("pdf", pdfOf)}>
          Save PDF
        </Button>
        <Button onClick={() => void save("svg", drawingSvg)}>Save SVG</Button>
        <Button onClick={() => void save("png", (of) => drawingPng(of, dpi))}>Save PNG</Button>
        {problem && <span role="alert">{problem}</span>}
      </div>
    </dialog>
  );
}

/** The font is loaded when a PDF is wanted: its letters become part of the file. */
async function pdfOf(drawing: Drawing): Promise<Blob> {
  const response = await fetchFile(fontUrl, "the font of printed figures");
  return drawingPdf(drawing, new Uint8Array(await response.arrayBuffer()));
}

/** With or without one of them; the last stays, since a figure needs one row and one frame. */
function toggled<T>(all: readonly T[], one: T, on: boolean): T[] {
  if (on) return [...all, one];
  return all.length > 1 ? all.filter((other) => other !== one) : [...all];
}

/** Pixels of the preview across, on a screen of one. */
const PREVIEW = 640;

function Preview({ drawing }: { readonly drawing: Drawing }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scale = (PREVIEW / drawing.width) * Math.min(devicePixelRatio, 2);
  const size = { width: Math.round(drawing.width * scale), height: Math.round(drawing.height * scale) };
  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (context) paint(context, drawing.shapes, scale);
  }, [drawing, scale]);
  return <canvas ref={canvas} {...size} role="img" aria-label="The figure as it will be printed" />;
}
