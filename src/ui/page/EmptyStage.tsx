import { openBuiltin } from "../../state/explore/explore.ts";
import { awaitedFile } from "../../state/explore/wanted.ts";
import { type Progress, useSession } from "../../state/session.ts";
import { DEFAULTS, useSettings } from "../../state/settings.ts";
import { VIDEO_RULES } from "../clip/ClipMenu.tsx";
import { Button } from "../controls/controls.tsx";
import { progressText } from "../controls/progress.ts";
import { pickFile } from "../files/picker.ts";
import css from "./EmptyStage.module.css";

/** The stage before there is a figure: waiting, or asking for the clip that a link belongs to. */
export function EmptyStage() {
  const session = useSession();
  const settings = useSettings();
  const awaited = awaitedFile(settings, session);
  if (awaited) {
    return (
      <div className={css.empty}>
        <h2>This link shows “{awaited}”</h2>
        <p>
          It is somebody's own clip and was never uploaded. Drop the same file here and the view comes back as it was.{" "}
          {VIDEO_RULES}
        </p>
        <div className={css.actions}>
          <Button primary onClick={() => pickFile()}>
            Open the clip …
          </Button>
          <Button onClick={() => openBuiltin(DEFAULTS.clip)}>Use a built-in clip</Button>
        </div>
      </div>
    );
  }
  return (
    <div className={css.empty} aria-busy="true">
      <ProgressLine progress={session.progress} />
      <div className={css.actions}>
        <Button onClick={() => pickFile()}>Open a video of your own …</Button>
      </div>
    </div>
  );
}

function ProgressLine({ progress }: { readonly progress: Progress | null }) {
  return (
    <>
      <p>{progress ? progressText(progress) : "Starting …"}</p>
      {progress && progress.total > 1 ? (
        <progress aria-label="Progress" value={progress.done} max={progress.total} />
      ) : (
        <progress aria-label="Progress" />
      )}
    </>
  );
}
