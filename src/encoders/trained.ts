/** A diffusion student of the user's own, from a run of Train or from a file, as an encoder: in which noise, and after which block. */
import { LAST_T, type Noising } from "./noising.ts";

export interface TrainedSide {
  /** The first 16 hex digits of its file's content hash. */
  readonly hash: string;
  /** How many blocks it has, and after which of them its training aligns it; null: none, or nobody says. */
  readonly depth: number;
  readonly aligned: number | null;
  readonly noising: Noising;
  readonly name: string;
}

/** All that a link, a menu or a caption needs of it is in its id, as with features and models that were brought. */
export type TrainedId = `trained:${string}`;

const FORM = /^trained:([0-9a-f]{16}):([1-9]\d?)x(\d{1,2})\/([1-9]\d?)\/(\d{1,3})\/([01])\/(\d{1,10}):(.{1,120})$/su;

const MAX_SEED = 2 ** 32 - 1;

export const trainedId = ({ hash, depth, aligned, noising: { t, block, given, seed }, name }: TrainedSide): TrainedId =>
  `trained:${hash}:${depth}x${aligned ?? 0}/${block}/${t}/${given ? 1 : 0}/${seed}:${name.replace(/[\p{Cc}]/gu, " ").slice(0, 120) || "student"}`;

export function isTrainedId(id: string): id is TrainedId {
  const parts = FORM.exec(id)?.slice(2, 8).map(Number);
  if (!parts) return false;
  const [depth, aligned, block, t, , seed] = parts;
  return aligned <= depth && block <= depth && t <= LAST_T && seed <= MAX_SEED;
}

/** @throws RangeError where the id is of another form */
export function trainedSide(id: TrainedId): TrainedSide {
  const parts = FORM.exec(id);
  if (!parts || !isTrainedId(id)) throw new RangeError(`"${id}" names no student of a file`);
  const [depth, aligned, block, t, given, seed] = parts.slice(2, 8).map(Number);
  return {
    hash: parts[1],
    depth,
    aligned: aligned === 0 ? null : aligned,
    noising: { t, block, given: given === 1, seed },
    name: parts[8],
  };
}

/** The same student, looked at in another noise or after another block. */
export function inNoise(id: TrainedId, change: Partial<Noising>): TrainedId {
  const side = trainedSide(id);
  return trainedId({ ...side, noising: { ...side.noising, ...change } });
}
