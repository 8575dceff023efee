import { useEffect, useState } from "react";
import { type ExploreInput, matchesOf } from "../figure/explore_figure.ts";
import { short } from "../figure/scale.ts";

/** Reads the match aloud once the query or the temperature has come to rest. */
export function LiveRegion({ input }: { readonly input: ExploreInput | undefined }) {
  const [text, setText] = useState("");
  useEffect(() => {
    if (!input) {
      setText("");
      return;
    }
    const timer = setTimeout(() => setText(matchSentence(input)), 400);
    return () => clearTimeout(timer);
  }, [input]);
  return (
    <div className="visually-hidden" role="status" aria-live="polite">
      {text}
    </div>
  );
}

/** "query frame 0, row 3, column 5; best match frame 7, row 4, column 9, 0.83" for the frame farthest from the query's. */
function matchSentence(input: ExploreInput): string {
  const { correspondence, active, encoded } = input;
  const [frame, row, col] = correspondence.queries[active];
  const matches = matchesOf(input, active, correspondence.taus.length);
  const last = encoded.grid.F - 1;
  const far = matches[frame === last ? 0 : last];
  const query = `query ${active + 1}, frame ${frame}, row ${row}, column ${col}`;
  return `${query}; best match frame ${far.frame}, row ${far.row}, column ${far.col}, ${short(far.probability ?? 0)}`;
}
