import type { TokenRef } from "../../worker/protocol.ts";
import type { BuiltinClip } from "../catalog.ts";
import type { Session } from "../session.ts";
import type { Settings } from "../settings.ts";

/** The built-in clip that is open, if one is. */
export function builtinClip(session: Session, settings: Settings): BuiltinClip | undefined {
  return session.catalog.find(({ id }) => id === settings.clip);
}

/** The queries that are shown: the user's own, or the clip's default one, always inside the grid. */
export function shownQueries(session: Session, settings: Settings): readonly TokenRef[] {
  const { encoded } = session;
  if (!encoded) return [];
  const { F, H, W } = encoded.grid;
  const [x, y] = builtinClip(session, settings)?.query ?? session.clip?.query ?? [0.5, 0.5];
  const queries: readonly TokenRef[] =
    settings.queries.length > 0 ? settings.queries : [[0, Math.floor(y * H), Math.floor(x * W)]];
  const inside = (value: number, size: number) => Math.min(Math.max(value, 0), size - 1);
  return queries.map(([f, row, col]) => [inside(f, F), inside(row, H), inside(col, W)]);
}
