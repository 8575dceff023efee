import { type ComponentType, useEffect, useState } from "react";
import { loadPart } from "../site/files.ts";
import { MissingPart } from "./page/MissingPage.tsx";

export interface MissingProps {
  /** One sentence with the remedy. */
  readonly message: string;
  readonly onRetry: () => void;
}

/**
 * A part of the page whose code comes when it is first shown. Where it does not come `Missing` stands in its place; it is asked for again
 * when the user says so, or shows the part anew.
 */
export function later<P extends object>(
  what: string,
  load: () => Promise<ComponentType<P>>,
  Missing: ComponentType<MissingProps> = MissingPart,
): ComponentType<P> {
  let Part: ComponentType<P> | null = null;
  return function Later(props: P) {
    const [attempt, setAttempt] = useState(0);
    const [problem, setProblem] = useState<string | null>(null);
    const [, setThere] = useState(Part !== null);
    // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt asks again
    useEffect(() => {
      if (Part) return;
      let gone = false;
      setProblem(null);
      loadPart(what, load).then(
        (loaded) => {
          Part = loaded;
          if (!gone) setThere(true);
        },
        (error: unknown) => {
          if (!gone) setProblem(error instanceof Error ? error.message : String(error));
        },
      );
      return () => {
        gone = true;
      };
    }, [attempt]);
    if (Part) return <Part {...props} />;
    return problem && <Missing message={problem} onRetry={() => setAttempt(attempt + 1)} />;
  };
}
