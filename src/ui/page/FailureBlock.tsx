import type { ReactNode } from "react";
import type { Failure } from "../../worker/protocol.ts";
import { CopyButton } from "../controls/CopyButton.tsx";
import css from "./EmptyStage.module.css";

interface FailureBlockProps {
  readonly failure: Failure;
  readonly title: string;
  /** What the user can do next, as buttons. */
  readonly children: ReactNode;
}

/** What went wrong: a title, a sentence, next actions, and a report to copy. */
export function FailureBlock({ failure, title, children }: FailureBlockProps) {
  return (
    <div className={css.empty} role="alert" data-failure={failure.code}>
      <h2>{title}</h2>
      <p>{failure.message}</p>
      <div className={css.actions}>
        {children}
        <CopyButton text={failure.report}>Copy the report</CopyButton>
      </div>
      <details>
        <summary>Report</summary>
        <pre className={css.report}>{failure.report}</pre>
      </details>
    </div>
  );
}
