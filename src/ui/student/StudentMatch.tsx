import { useEffect, useLayoutEffect, useMemo, useRef } from "react";
import { frameImage } from "../../figure/clip_strip.ts";
import { BEST_MATCH_COLOR, HEAT_MAP, QUERY_COLORS } from "../../figure/colors.ts";
import { short } from "../../figure/scale.ts";
import { studentSpace } from "../../scene/space_input.ts";
import { type StageForm, usePicked } from "../../state/settings.ts";
import { lookInside, type MatchAsked, useMatch } from "../../state/student/match.ts";
import { type StudentRun, useStudents } from "../../state/student/store.ts";
import { LAST_T, SANDBOX_CLIP, type StudentCorrespondence, type TokenRef } from "../../worker/protocol.ts";
import { Button } from "../controls/controls.tsx";
import { nudged } from "../figure/queries.ts";
import { SpaceTime, SpaceTimeForms } from "../space_time/SpaceTimeForms.tsx";
import train from "../train/Train.module.css";
import css from "./StudentMatch.module.css";

interface StudentMatchProps {
  readonly run: StudentRun;
  /** Of two arms, its name. */
  readonly name: string | null;
}

/** Where one token of a training clip is found in each frame: by the teacher, and by the student in training after any block. */
export function StudentMatch({ run, name }: StudentMatchProps) {
  const isLive = useStudents((students) => students.live.includes(run.run));
  const match = useMatch(({ of }) => of[run.run]);
  const found = match?.found;
  const busy = match?.busy ?? false;
  const open = Boolean(found);
  const looks = run.looks.length;
  // It learns meanwhile: each look at its clips is one at this, too.
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again for each look, not for each answer
  useEffect(() => {
    if (isLive && open && looks > 0) void lookInside(run.run);
  }, [looks]);
  if (!isLive) return null;
  const whose = name ? ` of ${name}` : "";
  return (
    <section className={css.match} aria-label={`Correspondence${whose}`} data-testid="student-match" aria-busy={busy}>
      <div className={css.head}>
        <h2>Correspondence{whose}</h2>
        <Button onClick={() => void lookInside(run.run)}>{found ? "Look again" : "Look into the student"}</Button>
        {busy && <span>looking …</span>}
      </div>
      {match && found && (
        <>
          <Controls run={run} asked={match.asked} found={found} />
          <SpaceTimeForms
            forms={FORMS}
            panes={() => <Panes run={run.run} found={found} />}
            space={() => <Block run={run.run} found={found} />}
          />
        </>
      )}
    </section>
  );
}

const FORMS: readonly (readonly [StageForm, string])[] = [
  ["panes", "Panes"],
  ["space-time", "Space-time"],
];

interface ControlsProps {
  readonly run: StudentRun;
  /** The present question; `found` may still answer the one before. */
  readonly asked: MatchAsked;
  readonly found: StudentCorrespondence;
}

function Controls({ run, asked: { query, block, t }, found }: ControlsProps) {
  const { step, tau, prompt, seed } = found;
  const { rows, F } = found.grid;
  const [row, column] = [Math.floor(query.token / rows), query.token % rows];
  const ask = (change: Partial<MatchAsked>) => void lookInside(run.run, change);
  const at = (part: { readonly frame?: number; readonly row?: number; readonly column?: number }) =>
    ask({ query: { frame: part.frame ?? query.frame, token: (part.row ?? row) * rows + (part.column ?? column) } });
  return (
    <>
      <div className={css.controls}>
        <Range label="Block" value={block} from={1} to={run.shape.depth} onChange={(to) => ask({ block: to })} />
        <Range label="Noise t" value={t} from={0} to={LAST_T} onChange={(to) => ask({ t: to })} />
        <Range label="Query: frame" value={query.frame} from={0} to={F - 1} onChange={(frame) => at({ frame })} />
        <Range label="row" value={row} from={0} to={rows - 1} onChange={(to) => at({ row: to })} />
        <Range label="column" value={column} from={0} to={rows - 1} onChange={(to) => at({ column: to })} />
      </div>
      <p className={train.remark} data-testid="student-match-says">
        At step {step}, “{prompt}”, seed {seed}, a clip that it trains on: softmax at τ = {short(tau)} over each frame.
        The student sees the whole clip in noise t = {found.asked.t}, the same every time, and one token frame of it
        stands for two of the teacher's. Click a patch to ask about it.
      </p>
    </>
  );
}

interface RangeProps {
  readonly label: string;
  readonly value: number;
  readonly from: number;
  readonly to: number;
  readonly onChange: (value: number) => void;
}

const Range = ({ label, value, from, to, onChange }: RangeProps) => (
  <label>
    {label}{" "}
    <input type="range" min={from} max={to} value={value} onChange={(event) => onChange(Number(event.target.value))} />
    <output>{value}</output>
  </label>
);

interface PanesProps {
  readonly run: number;
  readonly found: StudentCorrespondence;
}

/** The same as a block of space and time: the teacher's thread and the student's. */
function Block({ run, found }: PanesProps) {
  const { scale, heatOf } = usePicked("scale", "heatOf");
  const { prompt, seed, frames, grid } = found;
  // biome-ignore lint/correctness/useExhaustiveDependencies: every answer brings the frames of its clip again
  const images = useMemo(
    () => Array.from({ length: grid.F }, (_, f) => frameBitmap(frames, Math.floor((f * SANDBOX_CLIP.frames) / grid.F))),
    [prompt, seed, grid.F],
  );
  const input = useMemo(() => studentSpace(found, images, scale, heatOf), [found, images, scale, heatOf]);
  const { query } = found.asked;
  const pick = ([frame, row, column]: TokenRef) =>
    void lookInside(run, { query: { frame, token: row * grid.rows + column } });
  const at: TokenRef = [query.frame, Math.floor(query.token / grid.rows), query.token % grid.rows];
  const onKey = (key: string, shift: boolean) => {
    const to = nudged(at, { F: grid.F, H: grid.rows, W: grid.rows }, key, shift);
    if (to) pick(to);
    return to !== undefined;
  };
  return (
    <div className={css.block}>
      <SpaceTime input={input} name={`${prompt} ${seed} step ${found.step}`} onPick={pick} onKey={onKey} />
    </div>
  );
}

function frameBitmap(frames: Uint8Array, frame: number): ImageBitmap {
  const canvas = new OffscreenCanvas(SIZE, SIZE);
  canvas.getContext("2d")?.putImageData(frameImage(frames, frame), 0, 0);
  return canvas.transferToImageBitmap();
}

function Panes({ run, found }: PanesProps) {
  const { teacher, student, grid, asked } = found;
  const sides = [
    ...(teacher ? [["the teacher", teacher] as const] : []),
    [`the student, after block ${asked.block}`, student] as const,
  ];
  const S = grid.rows ** 2;
  return (
    <div className={css.panes}>
      {sides.map(([whose, probabilities]) => (
        <figure key={whose}>
          <figcaption>{whose}</figcaption>
          <div className={css.row}>
            {Array.from({ length: grid.F }, (_, frame) => (
              <Pane
                // biome-ignore lint/suspicious/noArrayIndexKey: a frame is its index
                key={frame}
                whose={whose}
                found={found}
                frame={frame}
                heat={probabilities.subarray(frame * S, (frame + 1) * S)}
                onAsk={(token) => void lookInside(run, { query: { frame, token } })}
              />
            ))}
          </div>
        </figure>
      ))}
    </div>
  );
}

interface PaneProps {
  readonly whose: string;
  readonly found: StudentCorrespondence;
  /** Of the teacher's token frames. */
  readonly frame: number;
  /** [rows²] */
  readonly heat: Float32Array;
  readonly onAsk: (token: number) => void;
}

const { size: SIZE } = SANDBOX_CLIP;

function Pane({ whose, found: { frames, grid, asked }, frame, heat, onAsk }: PaneProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { rows, F } = grid;
  const cell = SIZE / rows;
  const best = heat.indexOf(Math.max(...heat));
  const isQuery = asked.query.frame === frame;
  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    context.putImageData(frameImage(frames, Math.floor((frame * SANDBOX_CLIP.frames) / F)), 0, 0);
    const words = new Uint8Array(HEAT_MAP.words.buffer);
    for (const [token, value] of heat.entries()) {
      const at = 4 * Math.round(255 * value);
      context.fillStyle = `rgb(${words[at]} ${words[at + 1]} ${words[at + 2]} / ${words[at + 3] / 255})`;
      context.fillRect((token % rows) * cell, Math.floor(token / rows) * cell, cell, cell);
    }
    const outline = (token: number, color: string) => {
      context.strokeStyle = color;
      context.strokeRect((token % rows) * cell + 0.5, Math.floor(token / rows) * cell + 0.5, cell - 1, cell - 1);
    };
    outline(best, BEST_MATCH_COLOR);
    if (isQuery) outline(asked.query.token, QUERY_COLORS[0]);
  }, [frames, frame, heat, best, isQuery, asked, rows, cell, F]);
  const says = `${whose}, frame ${frame}: best match row ${Math.floor(best / rows)}, column ${best % rows}, ${short(heat[best])}`;
  return (
    <canvas
      ref={canvas}
      width={SIZE}
      height={SIZE}
      role="img"
      aria-label={says}
      title={says}
      // The sliders above ask the same by keys.
      onPointerDown={({ currentTarget, clientX, clientY }) => {
        const box = currentTarget.getBoundingClientRect();
        const at = (value: number, side: number) => Math.min(rows - 1, Math.max(0, Math.floor((value / side) * rows)));
        onAsk(at(clientY - box.top, box.height) * rows + at(clientX - box.left, box.width));
      }}
    />
  );
}
