import { type ComponentType, useEffect, useState } from "react";
import { loadPart } from "../../site/files.ts";
import { failureOf } from "../../state/failure.ts";
import { type Asking, dropAsking, useModels } from "../../state/models.ts";
import { setSession } from "../../state/session.ts";

/** The dialog about a model, loaded with the first model. */
export function ModelQuestions() {
  const asking = useModels((models) => models.asking);
  const [Dialog, setDialog] = useState<ComponentType<{ readonly asking: Asking }> | null>(null);
  const wanted = asking !== null && Dialog === null;
  useEffect(() => {
    if (!wanted) return;
    loadPart("the dialog about models", () => import("./ModelDialog.tsx")).then(
      ({ ModelDialog }) => setDialog(() => ModelDialog),
      (error: unknown) => {
        dropAsking();
        setSession({ failure: failureOf(error) });
      },
    );
  }, [wanted]);
  return asking && Dialog && <Dialog key={asking.model.hash} asking={asking} />;
}
