import { type ReactNode, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { type Drawing, FIGURE_LIMITS } from "../../figure/compose.ts";
import { drawingPng, drawingSvg } from "../../figure/print.ts";
import { paint } from "../../figure/shapes.ts";
import { choosePrint, type PrintChoices, usePrintChoices } from "../../state/figure_choices.ts";
import { Button, Check, Choice, NumberField } from "../controls/controls.tsx";
import { saveBlob } from "../controls/download.ts";
import css from "./Composer.module.css";
import { printedPdf } from "./printed_pdf.ts";
import { tellUnsaved, unsaved } from "./writer.ts";

interface ComposerProps {
  /** Kept between renderings: the figure is drawn again when it changes. */
  readonly compose: (print: PrintChoices, caption: string) => Drawing;
  readonly caption: string;
  /** What the file is called. */
  readonly stem: string;
  /** Whether the figure has panels that letters can name. */
  readonly lettered: boolean;
  readonly onClose: () => void;
  /** What this kind of figure also lets the user choose. */
  readonly children: ReactNode;
}

/** A paper's column, both of them, or whatever the user wants. */
const WIDTHS = [85, 180];
const TYPES = [6, 7, 8, 9].map((pt) => [pt, `${pt} pt`] as const);
const DOTS = [150, 300, 600].map((dpi) => [dpi, `${dpi} dpi`] as const);

/** A figure put together for a paper: how wide, how large the type, and what else it lets one choose; seen before it is saved. */
export function Composer({ compose, caption: given, stem, lettered, onClose, children }: ComposerProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const actions = useRef<HTMLDivElement>(null);
  const print = usePrintChoices();
  const { dpi } = print;
  const [caption, setCaption] = useState(given);
  const [problem, setProblem] = useState("");
  const own = !WIDTHS.includes(print.widthMm);
  const drawing = useMemo(() => compose(print, caption), [compose, caption, print]);
  useEffect(() => {
    dialog.current?.showModal();
    // The figure is made as figures were made last: who is content presses Enter.
    actions.current?.querySelector("button")?.focus();
  }, []);
  const save = (extension: string, make: (of: Drawing) => Promise<Blob>) =>
    make(drawing).then(
      (blob) => {
        setProblem("");
        saveBlob(`${stem} ${print.widthMm} mm`, extension, blob);
      },
      (error: unknown) => {
        // Closed meanwhile, the dialog says nothing any more.
        if (!dialog.current) tellUnsaved(error);
        else setProblem(unsaved(error));
      },
    );
  const heightMm = (print.widthMm * drawing.height) / drawing.width;
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
          {lettered && (
            <Check label="Panel letters" checked={print.letters} onChange={(letters) => choosePrint({ letters })} />
          )}
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
          {children}
        </div>
        <div className={css.seen}>
          <Preview drawing={drawing} />
          <p>
            {print.widthMm} × {heightMm.toFixed(0)} mm, type of {print.typePt} pt, always on white.
          </p>
        </div>
      </div>
      <div className={css.actions} ref={actions}>
        <Button primary onClick={() => void save("pdf", printedPdf)}>
          Save PDF
        </Button>
        <Button onClick={() => void save("svg", drawingSvg)}>Save SVG</Button>
        <Button onClick={() => void save("png", (of) => drawingPng(of, dpi))}>Save PNG</Button>
        {problem && <span role="alert">{problem}</span>}
      </div>
    </dialog>
  );
}

interface PicksProps<T> {
  readonly legend: string;
  readonly all: readonly (readonly [value: T, label: string])[];
  readonly chosen: readonly T[];
  /** In the order of `all`. */
  readonly onChange: (chosen: readonly T[]) => void;
}

/** Which of them the figure shows; the last one stays, since there is no figure of nothing. */
export function Picks<T extends string | number>({ legend, all, chosen, onChange }: PicksProps<T>) {
  const toggle = (value: T, on: boolean) => {
    const next = all.map(([one]) => one).filter((one) => (one === value ? on : chosen.includes(one)));
    if (next.length > 0) onChange(next);
  };
  return (
    <fieldset className={css.picks}>
      <legend>{legend}</legend>
      {all.map(([value, label]) => (
        <Check key={value} label={label} checked={chosen.includes(value)} onChange={(on) => toggle(value, on)} />
      ))}
    </fieldset>
  );
}

/** How many frames or plots stand side by side; 0: as many as fit. */
export function SideBySide({
  what,
  most,
  value,
  onChange,
}: {
  readonly what: string;
  readonly most: number;
  readonly value: number;
  readonly onChange: (count: number) => void;
}) {
  const counts = [0, ...Array.from({ length: most }, (_, i) => i + 1)];
  return (
    <Choice
      label={`${what} side by side`}
      value={Math.min(value, most)}
      options={counts.map((n) => [n, n === 0 ? "as fit" : String(n)] as const)}
      onChange={onChange}
    />
  );
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
