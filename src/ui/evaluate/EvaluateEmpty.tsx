import { judgeAgain, judgeDefault } from "../../state/evaluate/evaluate.ts";
import { drawSeed, judgeSandbox } from "../../state/evaluate/sandbox.ts";
import { useEvaluation } from "../../state/evaluate/store.ts";
import { awaitedFile, judgedClip } from "../../state/evaluate/wanted.ts";
import { DEFAULTS, usePicked, useSettings } from "../../state/settings.ts";
import type { Failure, FailureCode } from "../../worker/protocol.ts";
import { Button } from "../controls/controls.tsx";
import { pickSafetensors } from "../files/picker.ts";
import css from "../page/EmptyStage.module.css";
import { FailureBlock } from "../page/FailureBlock.tsx";
import { failureTitle } from "../page/FailurePanel.tsx";

/** The stage without a verdict: waiting, asking for the file that a link is of, or saying what went wrong. */
export function EvaluateEmpty() {
  const evaluation = useEvaluation();
  const settings = useSettings();
  const { failure } = evaluation;
  const awaiting = awaitedFile(settings, evaluation);
  if (failure) return <Failed failure={failure} />;
  if (awaiting === null) {
    return (
      <div className={css.empty} aria-busy="true">
        <p>Loading the sandbox and its judge …</p>
        <progress aria-label="Loading" />
      </div>
    );
  }
  return (
    <div className={css.empty}>
      <h2>This link shows “{awaiting}”</h2>
      <p>It is somebody's own file and was never uploaded. Drop the same file here and its verdict comes back.</p>
      <div className={css.actions}>
        <Button primary onClick={pickSafetensors}>
          Open the file …
        </Button>
        <Button onClick={judgeDefault}>Judge a clip of the sandbox</Button>
      </div>
    </div>
  );
}

/** Failures that may be over the next time. */
const RETRIED: readonly FailureCode[] = [
  "internal",
  "model-download",
  "model-hash",
  "file-missing",
  "file-download",
  "out-of-memory",
  "device-lost",
];

function Failed({ failure }: { readonly failure: Failure }) {
  const settings = usePicked("judged", "corruption");
  const clip = judgedClip(settings);
  return (
    <FailureBlock failure={failure} title={failureTitle(failure.code)}>
      {(failure.code === "clip-file" || failure.code === "student-file") && (
        <Button primary onClick={pickSafetensors}>
          Open another file …
        </Button>
      )}
      {failure.code === "nothing-to-break" && clip && (
        <>
          <Button primary onClick={() => judgeSandbox({ ...clip, seed: drawSeed() }, settings.corruption)}>
            Another seed
          </Button>
          <Button onClick={() => judgeSandbox(clip, DEFAULTS.corruption)}>Judge it unbroken</Button>
        </>
      )}
      {failure.code === "file-missing" && (
        <Button primary onClick={() => location.reload()}>
          Reload the page
        </Button>
      )}
      {RETRIED.includes(failure.code) && (
        <Button primary onClick={judgeAgain}>
          Try again
        </Button>
      )}
      <Button onClick={judgeDefault}>Back to the first clip</Button>
    </FailureBlock>
  );
}
