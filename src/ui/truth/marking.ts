/** What the figure's keys do while points are marked: the query is the pen. */
import { shownQueries } from "../../state/explore/queries.ts";
import { useSession } from "../../state/session.ts";
import { useSettings } from "../../state/settings.ts";
import { erasePoint, markPoint, newTrack, setMarking } from "../../state/truth/truth.ts";
import { handleFigureKey } from "../figure/queries.ts";

/** What the figure says of itself, its keys among it. */
export const MARK_LABEL =
  "Marking points. Press where a point is in a frame. Arrow keys move the query, Shift with left and right its frame, Enter marks its middle, Delete takes the point of its frame away, N begins the next track, Ctrl+Z takes the last point back, Escape ends.";

/** @returns true when the key meant something */
export function handleMarkKey(key: string, shift: boolean): boolean {
  const { encoded } = useSession.getState();
  const settings = useSettings.getState();
  const queries = shownQueries(useSession.getState(), settings);
  const query = queries[Math.min(settings.active, queries.length - 1)];
  if (!encoded || !query) return false;
  const [frame, row, col] = query;
  const { H, W } = encoded.grid;
  if (key === "Enter") markPoint(frame, (col + 0.5) / W, (row + 0.5) / H);
  else if (key === "Delete" || key === "Backspace") erasePoint(frame);
  else if (key === "n") newTrack();
  else if (key === "Escape") void setMarking(false);
  else return key.startsWith("Arrow") && handleFigureKey(key, shift);
  return true;
}
