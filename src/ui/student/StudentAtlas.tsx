import { useLayoutEffect, useRef, useState } from "react";
import { SIGNED_MAP } from "../../figure/colors.ts";
import { short } from "../../figure/scale.ts";
import { type StudentRun, useStudents } from "../../state/student/store.ts";
import { lookAtTensors } from "../../state/student/student.ts";
import type { ActivationView, TensorSide, TensorView } from "../../worker/protocol.ts";
import { Button } from "../controls/controls.tsx";
import css from "./StudentAtlas.module.css";
import { armName } from "./words.ts";

interface StudentAtlasProps {
  readonly run: StudentRun;
  /** Whether it is one of two. */
  readonly named: boolean;
}

/** Every tensor of a live run: its gradient of the last step as a cell, with its norms; one that is chosen is shown at large. */
export function StudentAtlas({ run, named }: StudentAtlasProps) {
  const isLive = useStudents((students) => students.live.includes(run.run));
  const found = useStudents(({ tensors }) => tensors[run.run]);
  const [chosen, setChosen] = useState<string | null>(null);
  if (!isLive || run.step === 0) return null;
  const name = named ? ` of ${armName(run.recipe.loss)}` : "";
  const large = found?.tensors.find((tensor) => tensor.name === chosen);
  const bad = found?.tensors.filter(({ parameter, gradient }) => parameter.bad + gradient.bad > 0).length ?? 0;
  return (
    <section className={css.atlas} aria-label={`Tensors${name}`} data-testid="student-atlas">
      <div className={css.head}>
        <h2>Tensors{name}</h2>
        <Button onClick={() => void lookAtTensors(run.run)}>{found ? "Look again" : "Look at them"}</Button>
        {found && (
          <span>
            at step {found.step}: gradients of the last step, before clipping; orange is positive, purple negative
            {bad > 0 && <b className={css.bad}>; {bad} hold values that are no numbers</b>}
          </span>
        )}
      </div>
      {large && <Large tensor={large} />}
      {found && (
        <div className={css.cells}>
          {found.tensors.map((tensor) => (
            <Cell
              key={tensor.name}
              tensor={tensor}
              chosen={tensor.name === chosen}
              onChoose={() => setChosen(tensor.name === chosen ? null : tensor.name)}
            />
          ))}
        </div>
      )}
      {found && found.activations.length > 0 && <Activations of={found.activations} />}
    </section>
  );
}

/** What the blocks make of one clip. */
function Activations({ of }: { readonly of: readonly ActivationView[] }) {
  return (
    <>
      <p>Activations: the first clip of the last step, in its noise, by the weights as they are; a row is a token.</p>
      <div className={css.activations}>
        {of.map(({ name, shape, side }) => (
          <figure key={name}>
            <Picture side={side} />
            <figcaption>
              {name}, {shape.join(" × ")}: norm {short(side.norm)}
              {side.bad > 0 && <b className={css.bad}>, {side.bad} values are no numbers</b>}
            </figcaption>
          </figure>
        ))}
      </div>
    </>
  );
}

interface CellProps {
  readonly tensor: TensorView;
  readonly chosen: boolean;
  readonly onChoose: () => void;
}

function Cell({ tensor: { name, shape, parameter, gradient }, chosen, onChoose }: CellProps) {
  const bad = parameter.bad + gradient.bad;
  const says = `${name}, ${shape.join(" × ")}: gradient ${short(gradient.norm)}, parameter ${short(parameter.norm)}`;
  return (
    <button
      type="button"
      className={css.cell}
      aria-pressed={chosen}
      aria-label={bad > 0 ? `${says}, ${bad} values are no numbers` : says}
      title={says}
      data-bad={bad > 0}
      onClick={onChoose}
    >
      <Picture side={gradient} />
      <span className={css.name}>{shortName(name)}</span>
      <span>
        {bad > 0 ? "NaN" : short(gradient.norm)} / {short(parameter.norm)}
      </span>
    </button>
  );
}

function Large({ tensor: { name, shape, parameter, gradient } }: { readonly tensor: TensorView }) {
  const sides = [
    ["gradient", gradient],
    ["parameter", parameter],
  ] as const;
  return (
    <div className={css.large} data-testid="student-tensor">
      <h3>
        {name}, {shape.join(" × ")}
      </h3>
      {sides.map(([what, side]) => (
        <figure key={what}>
          <Picture side={side} />
          <figcaption>
            {what}: norm {short(side.norm)}, largest {short(side.largest)}
            {side.bad > 0 && <b className={css.bad}>, {side.bad} values are no numbers</b>}
          </figcaption>
        </figure>
      ))}
    </div>
  );
}

/** "0.attn1.to_q.weight" for "transformer_blocks.0.attn1.to_q.weight" */
const shortName = (name: string): string => name.replace(/^transformer_blocks\./, "");

/** Opaque red, in the byte order of ImageData. */
const BAD = new Uint32Array(Uint8Array.of(220, 38, 38, 255).buffer)[0];

/** Magnitudes by their square root, so that small ones are seen beside the largest. */
function Picture({ side: { picture, rows, columns, largest } }: { readonly side: TensorSide }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const image = new ImageData(columns, rows);
    const words = new Uint32Array(image.data.buffer);
    for (const [i, value] of picture.entries()) {
      const at = largest > 0 ? 0.5 + 0.5 * Math.sign(value) * Math.sqrt(Math.abs(value) / largest) : 0.5;
      words[i] = Number.isFinite(value) ? SIGNED_MAP.words[Math.round(255 * at)] : BAD;
    }
    canvas.current?.getContext("2d")?.putImageData(image, 0, 0);
  }, [picture, rows, columns, largest]);
  return <canvas ref={canvas} width={columns} height={rows} />;
}
