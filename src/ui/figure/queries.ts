import { shownQueries } from "../../state/explore/queries.ts";
import { followed } from "../../state/focus.ts";
import { useSession } from "../../state/session.ts";
import { MAX_QUERIES, setSettings, useSettings } from "../../state/settings.ts";
import type { TokenRef } from "../../worker/protocol.ts";

/** What the user can do to the queries, by pointer, key or panel: one place, so that all three do the same. */

const now = () => {
  const settings = useSettings.getState();
  const queries = shownQueries(useSession.getState(), settings);
  return { queries, active: Math.min(settings.active, queries.length - 1) };
};

/** Moves the active query. */
export function moveQuery(to: TokenRef): void {
  const { queries, active } = now();
  setSettings({
    queries: queries.map((query, i) => (i === active ? to : query)),
    active,
    ...followed(queries[active], to),
  });
}

/** Adds a query and makes it the active one. */
export function addQuery(at?: TokenRef): void {
  const { queries, active } = now();
  if (queries.length === 0 || queries.length >= MAX_QUERIES) return;
  const [f, row, col] = queries[active];
  const W = useSession.getState().encoded?.grid.W ?? 1;
  const to: TokenRef = at ?? [f, row, Math.min(col + 2, W - 1)];
  setSettings({ queries: [...queries, to], active: queries.length, frame: to[0] });
}

export function removeQuery(index: number): void {
  const { queries, active } = now();
  if (queries.length < 2) return;
  setSettings({
    queries: queries.filter((_, i) => i !== index),
    active: Math.min(active > index ? active - 1 : active, queries.length - 2),
  });
}

export const activateQuery = (index: number) => setSettings({ active: index });

const KEYS: Readonly<Record<string, readonly [row: number, col: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** Where an arrow key moves a query, staying inside the grid; undefined for other keys. */
export function nudged(
  [f, row, col]: TokenRef,
  { F, H, W }: { readonly F: number; readonly H: number; readonly W: number },
  key: string,
  shift: boolean,
): TokenRef | undefined {
  const step = KEYS[key];
  if (!step) return undefined;
  const inside = (value: number, size: number) => Math.min(Math.max(value, 0), size - 1);
  // Shift turns left and right into the frame before and after.
  if (shift && step[1] !== 0) return [inside(f + step[1], F), row, col];
  return [f, inside(row + step[0], H), inside(col + step[1], W)];
}

/** Keys of the focused figure. Returns true when the key meant something. */
export function handleFigureKey(key: string, shift: boolean): boolean {
  const { queries, active } = now();
  const { encoded } = useSession.getState();
  if (!encoded || queries.length === 0) return false;
  const to = nudged(queries[active], encoded.grid, key, shift);
  if (to) moveQuery(to);
  else if (key === "a") addQuery();
  else if (key === "Delete" || key === "Backspace") removeQuery(active);
  else if (/^[1-7]$/.test(key) && Number(key) <= queries.length) activateQuery(Number(key) - 1);
  else return false;
  return true;
}
