import { useMemo } from "react";
import { type ExploreInput, exploreFigure, exploreRows, OWN_ROW } from "../../figure/explore_figure.ts";
import { exploreSpace } from "../../scene/space_input.ts";
import { dab } from "../../state/mask/mask.ts";
import { usePainting } from "../../state/mask/store.ts";
import { useSession } from "../../state/session.ts";
import { useTruth } from "../../state/truth/store.ts";
import { markPoint } from "../../state/truth/truth.ts";
import { addQuery, handleFigureKey, moveQuery } from "../figure/queries.ts";
import { Stage } from "../figure/Stage.tsx";
import { withoutEnding } from "../files/names.ts";
import { handlePaintKey } from "../mask/painting.ts";
import { SpaceTime, SpaceTimeForms } from "../space_time/SpaceTimeForms.tsx";
import { handleMarkKey, MARK_LABEL } from "../truth/marking.ts";
import { FrameFacts } from "./FrameFacts.tsx";

const LABEL =
  "Correspondences of the query, one row for each temperature and one column for each frame. Arrow keys move the query, Shift with left and right its frame, A adds a query, Delete removes it.";

const PAINT_LABEL =
  "Painting the motion mask. Press or drag to paint. Arrow keys move the query, Shift with left and right its frame, Enter paints there, E changes between painting and erasing, S gives its frame's marks to all, Escape ends.";

/** The grid of the paper's Fig. 3, live, or the same as a block of space and time. */
export function ExploreStage({ input }: { readonly input: ExploreInput }) {
  return (
    <SpaceTimeForms panes={() => <ExplorePanes input={input} />} space={() => <ExploreSpaceTime input={input} />} />
  );
}

function ExploreSpaceTime({ input }: { readonly input: ExploreInput }) {
  const name = withoutEnding(useSession((session) => session.clip?.name ?? "clip"));
  const space = useMemo(() => exploreSpace(input), [input]);
  return (
    <SpaceTime
      input={space}
      name={`${name} ${input.encoded.encoder}`}
      onPick={moveQuery}
      onAdd={addQuery}
      onKey={handleFigureKey}
    />
  );
}

function ExplorePanes({ input }: { readonly input: ExploreInput }) {
  const { encoded, correspondence, flow, active, scale, show } = input;
  const rows = useMemo(
    () => exploreRows({ encoded, correspondence, flow, active, scale, showEntropy: show.entropy, showRaw: show.raw }),
    [encoded, correspondence, flow, active, scale, show.entropy, show.raw],
  );
  const figure = useMemo(() => exploreFigure(input, rows), [input, rows]);
  const painting = usePainting(({ on }) => on);
  const marking = useTruth((truth) => truth.marking);
  if (marking) {
    return (
      <Stage
        figure={figure}
        label={MARK_LABEL}
        main="clip"
        onPick={([frame], { u, v }) => markPoint(frame, u, v)}
        drags={false}
        onKey={handleMarkKey}
      />
    );
  }
  if (painting) {
    return <Stage figure={figure} label={PAINT_LABEL} main="clip" onPick={dab} paints onKey={handlePaintKey} />;
  }
  return (
    <Stage
      figure={figure}
      label={LABEL}
      main={OWN_ROW}
      onPick={moveQuery}
      onAdd={addQuery}
      onKey={handleFigureKey}
      facts={(frame) => <FrameFacts input={input} frame={frame} />}
    />
  );
}
