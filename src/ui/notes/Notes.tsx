import type { ReactNode } from "react";
import type { ExploreInput } from "../../figure/explore_figure.ts";
import { short } from "../../figure/scale.ts";
import { judgeSandbox } from "../../state/evaluate/sandbox.ts";
import { openNotes, useNotes } from "../../state/notes.ts";
import { parseSandboxClipId } from "../../state/sandbox_clip.ts";
import { useSession } from "../../state/session.ts";
import { DEFAULTS, setSettings, useSettings } from "../../state/settings.ts";
import { useTruth } from "../../state/truth/store.ts";
import { isBroughtId, SANDBOX_CLIP } from "../../worker/protocol.ts";
import { TruthTable } from "../clip/TruthTable.tsx";
import { WindowNote } from "../clip/WindowNote.tsx";
import { Button } from "../controls/controls.tsx";
import { Equation, Letter } from "../controls/Equation.tsx";
import { later } from "../later.tsx";
import { Tour } from "../page/Tour.tsx";
import css from "./Notes.module.css";
import { maskNote, spreadNote } from "./note_texts.ts";

const ScoreTable = later("the table of scores", async () => (await import("../truth/ScoreTable.tsx")).ScoreTable);

const CODEC_NAMES: Readonly<Record<string, string>> = {
  avc: "H.264",
  hevc: "H.265",
  vp8: "VP8",
  vp9: "VP9",
  av1: "AV1",
};

/** The column of explanations; folded away it stays folded. */
export function Notes({ children }: { readonly children: ReactNode }) {
  const open = useNotes((notes) => notes.open);
  return (
    <div className={open ? css.notes : `${css.notes} ${css.folded}`}>
      <div className={css.head}>
        <button
          type="button"
          className={css.fold}
          aria-expanded={open}
          aria-label={open ? "Fold the notes away" : "Show the notes"}
          onClick={() => openNotes(!open)}
        >
          {open ? "⟩" : "⟨"}
        </button>
      </div>
      {open && children}
    </div>
  );
}

/** What this temperature does to this query on this clip, in words; the equation; the truth; what the encoder saw. */
export function ExploreNotes({ input }: { readonly input: ExploreInput | undefined }) {
  const rho = useSettings((settings) => settings.rho);
  const scored = useTruth((truth) => truth.scores.length > 0);
  return (
    <>
      <Tour />
      <WindowNote />
      <h2>What you see</h2>
      {input ? (
        <p>{spreadNote(input)}</p>
      ) : (
        <p>Each patch of a clip is compared with every other, across space and time.</p>
      )}
      <Equation />
      <p>
        <i>R</i> holds the cosines of the query <i>i</i> with every position of frame <i>f</i>. The temperature{" "}
        <Letter target="tau">τ</Letter> sharpens them into a distribution: where the encoder believes the patch went.
      </p>
      <h2>What moves</h2>
      <p>
        {maskNote(input, rho)} The mask <Letter target="rho">ρ</Letter> picks the queries that the masked loss (M-TSA)
        trains on; every position stays a possible match.
      </p>
      <TruthTable />
      {scored && <ScoreTable />}
      {input && <Seen input={input} />}
    </>
  );
}

/** Exactly the frames, times and resolution that the encoder was given. */
function Seen({ input }: { readonly input: ExploreInput }) {
  const { encoded } = input;
  const clip = useSession((session) => session.clip);
  const sandbox = parseSandboxClipId(useSettings((settings) => settings.clip));
  if (!clip) return null;
  const [y, x] = encoded.tokenPx;
  const simulated = clip.container === "sandbox";
  const codec = CODEC_NAMES[clip.codec.split(/[ .]/)[0]] ?? clip.codec;
  const fromClip = simulated
    ? `${SANDBOX_CLIP.size}×${SANDBOX_CLIP.size} pictures of the sandbox${encoded.inputSize.width === SANDBOX_CLIP.size ? "" : `, enlarged to ${clip.width}×${clip.height}`}`
    : `${clip.width}×${clip.height} ${codec} in ${clip.container === "features" ? "the file of features" : clip.container}, ${short(clip.framesPerSecond)} frames a second`;
  return (
    <>
      <h2>What the encoder saw</h2>
      <p>
        {isBroughtId(encoded.encoder)
          ? `Not known here: its features come from a file. They are of ${encoded.grid.F} frames of ${fromClip}.`
          : `${encoded.grid.F} frames at ${encoded.inputSize.width}×${encoded.inputSize.height}, from ${fromClip}.`}{" "}
        One token covers {short(x)}×{short(y)} pixels of the video.
      </p>
      {sandbox && (
        <Button
          onClick={() => {
            judgeSandbox(sandbox, DEFAULTS.corruption);
            setSettings({ view: "evaluate" });
          }}
        >
          Judge this clip by its laws
        </Button>
      )}
      <details>
        <summary>Frames and times</summary>
        <table className={css.table}>
          <thead>
            <tr>
              <th scope="col">column</th>
              <th scope="col">frame of the file</th>
              <th scope="col">time</th>
            </tr>
          </thead>
          <tbody>
            {encoded.frames.map(({ index, timeS }, f) => (
              <tr key={index}>
                <td>{f}</td>
                <td>{index}</td>
                <td>{timeS.toFixed(3)} s</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </>
  );
}
