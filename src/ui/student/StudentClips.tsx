import { type RefObject, useEffect, useLayoutEffect, useRef } from "react";
import { frameImage } from "../../figure/clip_strip.ts";
import { short } from "../../figure/scale.ts";
import {
  askClips,
  nextFrame,
  playOnce,
  plays,
  restAtFirst,
  showFrame,
  useClipPlayer,
} from "../../state/student/clip_player.ts";
import { lookAt, type StudentLook, type StudentRun, useStudentAt } from "../../state/student/store.ts";
import { GIVEN_FRAMES, SANDBOX_CLIP, type StudentSample } from "../../worker/protocol.ts";
import { Button } from "../controls/controls.tsx";
import { Yardsticks } from "../controls/Yardsticks.tsx";
import train from "../train/Train.module.css";
import { judgeDrawn, saveDrawn } from "./drawn.ts";
import css from "./Student.module.css";
import { useSparing } from "./sparing.ts";
import { armName, errorWords } from "./words.ts";

const FRAME_MS = 125;

/** What is shown of a run; of two, both are of the same sentences, noise and looks. */
type ShownArm = Pick<StudentRun, "looks" | "points" | "recipe" | "status">;

interface ClipsProps extends Pick<StudentRun, "watched"> {
  /** None while the first is prepared, one, or two. */
  readonly arms: readonly ShownArm[];
  /** Of the recipe, which the settings are before there is an arm. */
  readonly recipe: Pick<StudentRun["recipe"], "given" | "drawn">;
}

/**
 * For each watched sentence what the student drew first, at the crosshair and last, beside the simulator's, in step; of two arms
 * what each drew at the crosshair, or last.
 */
export function StudentClips({ arms, watched, recipe: { given, drawn } }: ClipsProps) {
  const { hover, pinned } = useStudentAt();
  const section = useRef<HTMLElement>(null);
  const at = hover ?? pinned;
  const shown = arms.map((arm) => lookAt(arm, at)?.step).join();
  if (watched.length === 0) return null;
  return (
    <section ref={section} className={css.clips} aria-label="Drawn clips" data-testid="student-clips">
      <Player section={section} shown={shown} />
      {arms.length > 0 && <LookScrub arms={arms} at={at} />}
      {watched.map(({ prompt, seed, frames }, i) => {
        const columns = columnsOf(arms, at).map(({ name, look, recipe }) => ({
          name,
          recipe,
          sample: look.samples[i],
        }));
        return (
          <figure key={`${prompt} ${seed}`} className={css.watched}>
            <figcaption>
              {prompt}, seed {seed}
            </figcaption>
            <div className={css.row}>
              {columns.map(
                ({ name, recipe, sample }) =>
                  sample && <Drawn key={name} name={name} recipe={recipe} sample={sample} />,
              )}
              {columns.length === 0 && (
                <div className={css.clip}>
                  <b>the student</b>
                  <p className={css.wait}>{waitWords(arms[0]?.status)}</p>
                </div>
              )}
              <div className={css.clip}>
                <b>the simulator</b>
                <Frame frames={frames} says={`the simulator's clip of “${prompt}”`} />
              </div>
            </div>
          </figure>
        );
      })}
      <p className={train.remark}>
        Sentence and noise are the same at every look
        {given > 0 ? `, and the simulator's first ${GIVEN_FRAMES} frames are given` : ""}. The student trains on{" "}
        {drawn === "trained" ? "these very clips" : "none of these clips"}; the averaged weights draw them.
      </p>
      {arms.length > 0 && (
        <div className={css.yardsticks}>
          <Yardsticks />
        </div>
      )}
    </section>
  );
}

function waitWords(status: ShownArm["status"] | undefined): string {
  if (status === undefined) return "draws it before its first step";
  return status === "failed" ? "drew none before it failed" : "draws it at its next look";
}

interface PlayerProps {
  /** What has to be in sight for the clips to play. */
  readonly section: RefObject<HTMLElement | null>;
  /** The looks on show. */
  readonly shown: string;
}

/** Moves the clips on, in step, and says which frame they show. */
function Player({ section, shown }: PlayerProps) {
  const { frame, asked, left } = useClipPlayer();
  const sparing = useSparing();
  const playing = plays({ asked, left }, sparing);
  useEffect(() => {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) restAtFirst();
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each new look
  useEffect(() => playOnce(sparing), [shown]);
  useEffect(() => {
    const { current } = section;
    if (!playing || !current) return;
    let timer: ReturnType<typeof setInterval> | undefined;
    // What nobody sees is not drawn.
    const watcher = new IntersectionObserver(([{ isIntersecting }]) => {
      clearInterval(timer);
      if (isIntersecting) timer = setInterval(() => nextFrame(sparing), FRAME_MS);
    });
    watcher.observe(current);
    return () => {
      clearInterval(timer);
      watcher.disconnect();
    };
  }, [section, playing, sparing]);
  return (
    <div className={css.play}>
      <Button onClick={() => askClips(playing ? "pause" : "play")}>
        {playing ? "Pause the clips" : "Play the clips"}
      </Button>
      <label>
        Frame{" "}
        <input
          type="range"
          min={0}
          max={SANDBOX_CLIP.frames - 1}
          value={frame}
          onChange={(event) => showFrame(Number(event.target.value))}
        />
      </label>
      {/* It changes by itself: the slider says it where it is asked. */}
      <output aria-live="off">{frame}</output>
    </div>
  );
}

interface Column {
  readonly name: string;
  readonly look: StudentLook;
  /** Of the run that drew it. */
  readonly recipe: StudentRun["recipe"];
}

/** Of one run first, at the crosshair and newest, each look once; of two arms the look on show of each. */
export function columnsOf(arms: readonly ShownArm[], at: number | null): Column[] {
  if (arms.length > 1) {
    return arms.flatMap((arm) => {
      const look = lookAt(arm, at);
      return look ? [{ name: `${armName(arm.recipe.loss)}, step ${look.step}`, look, recipe: arm.recipe }] : [];
    });
  }
  const [arm] = arms;
  if (!arm) return [];
  const { looks, recipe } = arm;
  const [first, last, shown] = [looks[0], looks.at(-1), lookAt({ looks }, at)];
  if (!first || !last) return [];
  const between =
    shown && shown !== first && shown !== last ? [{ name: `step ${shown.step}`, look: shown, recipe }] : [];
  const newest = last === first ? [] : [{ name: `newest, step ${last.step}`, look: last, recipe }];
  return [{ name: `first, step ${first.step}`, look: first, recipe }, ...between, ...newest];
}

interface LookScrubProps {
  readonly arms: readonly ShownArm[];
  readonly at: number | null;
}

/** Chooses the look on show, by the keyboard too, and says the curves' values there. */
function LookScrub({ arms, at }: LookScrubProps) {
  const { pinned } = useStudentAt();
  const [{ looks }] = arms;
  const shown = lookAt({ looks }, at);
  if (!shown) return null;
  const readout = [
    `step ${shown.step}`,
    ...arms.flatMap(({ points, recipe }) => {
      const point = points.findLast(({ step }) => step <= shown.step);
      if (!point) return [];
      const whose = arms.length > 1 ? `${armName(recipe.loss)}: ` : "";
      return [
        `${whose}diffusion ${short(point.diffusion)}, gradient ${short(point.gradNorm)}`,
        ...(point.alignment === null ? [] : [`alignment ${short(point.alignment)}, λ ${short(point.lambda)}`]),
      ];
    }),
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
      <output htmlFor="student-look" aria-live="off">
        {readout}
      </output>
      {pinned !== null && <Button onClick={() => useStudentAt.setState({ pinned: null })}>Newest</Button>}
    </div>
  );
}

interface DrawnProps {
  readonly name: string;
  readonly recipe: StudentRun["recipe"];
  readonly sample: StudentSample;
}

function Drawn({ name, recipe, sample }: DrawnProps) {
  const { sa, pc, joint, frames, prompt } = sample;
  // Still on its way from the disk.
  const missing = frames.length === 0;
  return (
    <div className={css.clip}>
      <b>{name}</b>
      <Frame frames={frames} says={`the student's clip of “${prompt}”, ${name}`} />
      <span>{errorWords(sample)}</span>
      <span className={css.marks}>
        <Mark name="SA*" holds={sa >= 0.5} score={sa} />
        <Mark name="PC*" holds={pc >= 0.5} score={pc} />
        <Mark name="Joint*" holds={joint} />
      </span>
      <span className={css.marks}>
        <button
          type="button"
          className={train.pick}
          disabled={missing}
          aria-label={`Judge ${name} of “${prompt}” in Evaluate`}
          onClick={() => judgeDrawn(sample, name, recipe)}
        >
          Judge it
        </button>
        <button
          type="button"
          className={train.pick}
          disabled={missing}
          aria-label={`Save ${name} of “${prompt}”`}
          onClick={() => saveDrawn(sample, name, recipe)}
        >
          Save it
        </button>
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
  readonly says: string;
}

function Frame({ frames, says }: FrameProps) {
  const frame = useClipPlayer((player) => player.frame);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { size } = SANDBOX_CLIP;
  useLayoutEffect(() => {
    // Still on its way from the disk.
    if (frames.length === 0) return;
    canvas.current?.getContext("2d")?.putImageData(frameImage(frames, frame), 0, 0);
  }, [frames, frame]);
  return <canvas ref={canvas} width={size} height={size} role="img" aria-label={`${says}, frame ${frame}`} />;
}
