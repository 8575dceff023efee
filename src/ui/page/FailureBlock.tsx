import { type ReactNode, useState } from "react";
import type { Failure } from "../../worker/protocol.ts";
import { Button } from "../controls/controls.tsx";
import css from "./EmptyStage.module.css";

interface FailureBlockProps {
  readonly failure: Failure;
  readonly title: string;
  /** What a person can do next, as buttons. */
  readonly children: ReactNode;
}

/** What went wrong: a title, a sentence, next actions, and a report to copy. */
export function FailureBlock({ failure, title, children }: FailureBlockProps) {
  const [copied, setCopied] = useState(false);
  const copy = () => navigator.clipboard.writeText(failure.report).then(() => setCopied(true));
  return (
    <div className={css.empty} role="alert" data-failure={failure.code}>
      <h2>{title}</h2>
      <p>{failure.message}</p>
      <div className={css.actions}>
        {children}
        <Button onClick={() => void copy()}>{copied ? "Copied" : "Copy the report"}</Button>
      </div>
      <details>
        <summary>Report</summary>
        <pre className={css.report}>{failure.report}</pre>
      </details>
    </div>
  );
}
