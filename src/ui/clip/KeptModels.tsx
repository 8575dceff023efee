import { keepModel, useModels } from "../../state/models.ts";
import { useSettings } from "../../state/settings.ts";
import { isModelId, ownModel } from "../../worker/protocol.ts";
import { Button } from "../controls/controls.tsx";
import css from "../controls/Rail.module.css";

/** The user's models that this browser keeps, with their size, and the one on show where it is not kept. */
export function KeptModels() {
  const kept = useModels((models) => models.kept);
  const ids = useModels((models) => models.ids);
  const encoder = useSettings((settings) => settings.encoder);
  const unkept = isModelId(encoder) && ids.includes(encoder) && kept.every(({ id }) => id !== encoder) ? encoder : null;
  if (kept.length === 0 && unkept === null) return null;
  return (
    <>
      {kept.map(({ id, bytes }) => (
        <p key={id} className={css.hint}>
          “{ownModel(id).name}”, {(bytes / 1e6).toFixed(1)} MB, is kept in this browser.{" "}
          <Button onClick={() => void keepModel(id, false)}>Delete it</Button>
        </p>
      ))}
      {unkept !== null && (
        <div className={css.row}>
          <Button onClick={() => void keepModel(unkept, true)}>Keep “{ownModel(unkept).name}”</Button>
        </div>
      )}
    </>
  );
}
