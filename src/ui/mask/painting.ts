/** What the figure's keys do while a mask is painted: the query is the brush. */

import { shownQueries } from "../../state/explore/queries.ts";
import { dab, setPaintingOn, spreadFrame } from "../../state/mask/mask.ts";
import { usePainting } from "../../state/mask/store.ts";
import { useSession } from "../../state/session.ts";
import { useSettings } from "../../state/settings.ts";
import { handleFigureKey } from "../figure/queries.ts";

/** @returns true when the key meant something */
export function handlePaintKey(key: string, shift: boolean): boolean {
  const settings = useSettings.getState();
  const queries = shownQueries(useSession.getState(), settings);
  const query = queries[Math.min(settings.active, queries.length - 1)];
  if (!query) return false;
  if (key === "Enter" || key === " ") dab(query);
  else if (key === "e") usePainting.setState(({ erase }) => ({ erase: !erase }));
  else if (key === "s") spreadFrame(query[0]);
  else if (key === "Escape") setPaintingOn(false);
  else return key.startsWith("Arrow") && handleFigureKey(key, shift);
  return true;
}
