import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { short } from "../../figure/scale.ts";
import { lookAt, type StudentLook, type StudentRun, useStudentAt } from "../../state/student/store.ts";
import { GIVEN_FRAMES, SANDBOX_CLIP, type StudentSample } from "../../worker/protocol.ts";
import { Button } from "../controls/controls.tsx";
import train from "../train/Train.module.css";
import css from "./Student.module.css";
import { errorWords } from "./words.ts";

const FRAME_MS = 125;

interface ClipsProps extends Pick<StudentRun, "looks" | "points" | "watched"> {
  /** Whether the first frames are given. */
  readonly given: boolean;
}

/** For each watched sentence what the student drew first, at the crosshair and last, beside the simulator's, in step. */
export function StudentClips({ looks, points, watched, given }: ClipsProps) {
  const { hover, pinned } = useStudentAt();
  const [playing, setPlaying] = useState(() => !matchMedia("(prefers-reduced-motion: reduce)").matches);
  const [frame, setFrame] = useState(0);
  useEffect(() => {
    if (!playing) return;
    const timer = setInterval(() => setFrame((old) => (old + 1) % SANDBOX_CLIP.frames), FRAME_MS);
    return () => clearInterval(timer);
  }, [playing]);
  const shown = lookAt({ looks }, hover ?? pinned);
  if (watched.length === 0) return null;
  return (
    <section className={css.clips} aria-label="Drawn clips" data-testid="student-clips">
      <div className={css.play}>
        <Button onClick={() => setPlaying(!playing)}>{playing ? "Pause the clips" : "Play the clips"}</Button>
        <label>
          Frame{" "}
          <input
            type="range"
            min={0}
            max={SANDBOX_CLIP.frames - 1}
            value={frame}
            onChange={(event) => {
              setPlaying(false);
              setFrame(Number(event.target.value));
            }}
          />
        </label>
        <output>{frame}</output>
      </div>
      <LookScrub looks={looks} points={points} shown={shown} />
      {watched.map(({ prompt, seed, frames }, i) => {
        const columns = columnsOf(looks, shown).map(({ name, look }) => ({ name, sample: look.samples[i] }));
        return (
          <figure key={`${prompt} ${seed}`} className={css.watched}>
            <figcaption>
              {prompt}, seed {seed}
            </figcaption>
            <div className={css.row}>
              {columns.map(
                ({ name, sample }) => sample && <Drawn key={name} name={name} sample={sample} frame={frame} />,
              )}
              {columns.length === 0 && (
                <div className={css.clip}>
                  <b>the student</b>
                  <p className={css.wait}>draws it before its first step</p>
                </div>
              )}
              <div className={css.clip}>
                <b>the simulator</b>
                <Frame frames={frames} frame={frame} says={`the simulator's clip of “${prompt}”, frame ${frame}`} />
              </div>
            </div>
          </figure>
        );
      })}
      <p className={train.remark}>
        Sentence and noise are the same at every look
        {given ? `, and the simulator's first ${GIVEN_FRAMES} frames are given` : ""}. The student trains on none of
        these clips; the averaged weights draw them.
      </p>
    </section>
  );
}

/** First, at the crosshair, newest; each look once. */
function columnsOf(looks: readonly StudentLook[], shown: StudentLook | undefined) {
  const [first, last] = [looks[0], looks.at(-1)];
  if (!first || !last) return [];
  const between = shown && shown !== first && shown !== last ? [{ name: `step ${shown.step}`, look: shown }] : [];
  const newest = last === first ? [] : [{ name: `newest, step ${last.step}`, look: last }];
  return [{ name: `first, step ${first.step}`, look: first }, ...between, ...newest];
}

interface LookScrubProps extends Pick<StudentRun, "looks" | "points"> {
  readonly shown: StudentLook | undefined;
}

/** The look on show, for hands on a keyboard; with the curves' values there. */
function LookScrub({ looks, points, shown }: LookScrubProps) {
  const { pinned } = useStudentAt();
  if (!shown) return null;
  const point = points.findLast(({ step }) => step <= shown.step);
  const readout = [
    `step ${shown.step}`,
    ...(point ? [`diffusion ${short(point.diffusion)}, gradient ${short(point.gradNorm)}`] : []),
    ...(point?.alignment != null ? [`alignment ${short(point.alignment)}, λ ${short(point.lambda)}`] : []),
  ].join(" · ");
  return (
    <div className={train.scrub}>
      <label htmlFor="student-look">Look on show</label>
      <input
        id="student-look"
        type="range"
        min={0}
        max={Math.max(looks.length - 1, 1)}
        value={looks.indexOf(shown)}
        aria-valuetext={readout}
        onChange={(event) => {
          const look = looks[Number(event.target.value)];
          if (look) useStudentAt.setState({ pinned: look.step });
        }}
      />
      <output htmlFor="student-look">{readout}</output>
      {pinned !== null && <Button onClick={() => useStudentAt.setState({ pinned: null })}>Newest</Button>}
    </div>
  );
}

interface DrawnProps {
  readonly name: string;
  readonly sample: StudentSample;
  readonly frame: number;
}

function Drawn({ name, sample, frame }: DrawnProps) {
  const { sa, pc, joint, frames, prompt } = sample;
  return (
    <div className={css.clip}>
      <b>{name}</b>
      <Frame frames={frames} frame={frame} says={`the student's clip of “${prompt}”, ${name}, frame ${frame}`} />
      <span>{errorWords(sample)}</span>
      <span className={css.marks}>
        <Mark name="SA*" holds={sa >= 0.5} score={sa} />
        <Mark name="PC*" holds={pc >= 0.5} score={pc} />
        <Mark name="Joint*" holds={joint} />
      </span>
    </div>
  );
}

const Mark = ({ name, holds, score }: { readonly name: string; readonly holds: boolean; readonly score?: number }) => (
  <span data-holds={holds}>
    {name} {score === undefined ? "" : `${score.toFixed(2)} `}
    <span aria-hidden="true">{holds ? "✓" : "✗"}</span>
    <span className="visually-hidden">{holds ? "holds" : "fails"}</span>
  </span>
);

interface FrameProps {
  /** U8 [frames, size, size, 3] */
  readonly frames: Uint8Array;
  readonly frame: number;
  readonly says: string;
}

function Frame({ frames, frame, says }: FrameProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { size } = SANDBOX_CLIP;
  useLayoutEffect(() => {
    const image = new ImageData(size, size);
    const start = 3 * frame * size * size;
    for (let i = 0; i < size * size; i++) {
      image.data.set(frames.subarray(start + 3 * i, start + 3 * i + 3), 4 * i);
      image.data[4 * i + 3] = 255;
    }
    canvas.current?.getContext("2d")?.putImageData(image, 0, 0);
  }, [frames, frame]);
  return <canvas ref={canvas} width={size} height={size} role="img" aria-label={says} />;
}
