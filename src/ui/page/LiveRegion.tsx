import { useEffect, useState } from "react";
import type { CompareInput } from "../../figure/compare_figure.ts";
import { type ExploreInput, matchesOf } from "../../figure/explore_figure.ts";
import { short } from "../../figure/scale.ts";
import type { Match, TokenRef } from "../../worker/protocol.ts";

/** Reads a sentence aloud once it has come to rest. */
export function LiveRegion({ sentence }: { readonly sentence: string }) {
  const [spoken, setSpoken] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setSpoken(sentence), sentence ? 400 : 0);
    return () => clearTimeout(timer);
  }, [sentence]);
  return (
    <div className="visually-hidden" role="status" aria-live="polite">
      {spoken}
    </div>
  );
}

/** "query 1, frame 0, row 3, column 5; best match frame 7, row 4, column 9, 0.83", for the frame farthest from the query's. */
export function exploreSentence(input: ExploreInput): string {
  const { correspondence, active } = input;
  const matches = matchesOf(input, active, correspondence.taus.length);
  return `query ${active + 1}, ${where(correspondence.queries[active])}; best match ${farthest(correspondence.queries[active], matches)}`;
}

/** The same for Compare, teacher and student. */
export function compareSentence({ query: { query, teacher, student } }: CompareInput): string {
  return `query ${where(query)}; teacher ${farthest(query, teacher.matches)}; student ${farthest(query, student.matches)}`;
}

const where = ([frame, row, col]: TokenRef) => `frame ${frame}, row ${row}, column ${col}`;

function farthest([frame]: TokenRef, matches: readonly Match[]): string {
  const last = matches.length - 1;
  const match = matches[frame === last ? 0 : last];
  return `${where([match.frame, match.row, match.col])}, ${short(match.probability ?? 0)}`;
}
