/**
 * The user's own truth of a clip: brought in a file or marked on the panes, put away again, and the scores of the encoders by it,
 * which are asked for while Explore shows a clip that has one.
 */
import type { ScoreRequest, TruthRequest } from "../../worker/protocol.ts";
import { useComparison } from "../compare/store.ts";
import { request, tryRequest } from "../compute.ts";
import { failureOf } from "../failure.ts";
import { setPaintingOn } from "../mask/mask.ts";
import { usePainting } from "../mask/store.ts";
import { tell as say } from "../page_notice.ts";
import { loseWhere, mentions, Reconciler, retryFailed, type Wants } from "../reconcile.ts";
import { type Session, setSession, useSession } from "../session.ts";
import { type Settings, setSettings, useSettings } from "../settings.ts";
import {
  addFiled,
  isLost,
  isUnsaved,
  type Marked,
  type Marks,
  NO_MARKS,
  setAside,
  stepped,
  stepTo,
  withoutAway,
  withoutSteps,
} from "./marks.ts";
import { withoutPoint, withoutTrack, withPoint } from "./points.ts";
import { NO_TRUTH, ofSameFeatures, type TruthState, useTruth } from "./store.ts";

/** The temperatures of the curve; the slider's own comes with them. */
export const SCORE_TAUS: readonly number[] = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];

interface Parts {
  readonly score: ScoreRequest;
}

/** What is wanted of the truth: the scores of what is encoded, once its figure is there. */
export function wanted(settings: Settings, session: Session, truth: TruthState): Wants<Parts> {
  const { encoded, correspondence } = session;
  const has = truth.asked || truth.name !== "" || (truth.tracks?.names.length ?? 0) > 0;
  if (settings.view !== "explore" || !has || !encoded?.hasTruth || !correspondence) return {};
  const taus = [...new Set([...SCORE_TAUS, settings.tau])].sort((a, b) => a - b);
  // A number to read, not to drag.
  return { score: { request: { type: "score", taus }, of: encoded, restMs: 400 } };
}

const scores = new Reconciler<Parts>(
  () => wanted(useSettings.getState(), useSession.getState(), useTruth.getState()),
  {
    score: async ({ request: asked, of }) => {
      const scored = await tryRequest(asked);
      if (scored && of === useSession.getState().encoded) {
        useTruth.setState(({ scores: before }) => ({
          scores: [...before.filter((one) => !ofSameFeatures(one, scored)), scored],
        }));
      }
      return scored;
    },
  },
  (error, { of }) => {
    if (of === useSession.getState().encoded) setSession({ failure: failureOf(error), progress: null });
  },
);

/** Starts to follow settings and session. Called once, when the page loads. */
export function startTruth(): void {
  const follow = () => scores.run();
  useSettings.subscribe(follow);
  useSession.subscribe((now, before) => {
    // The worker forgets it with its clip. What was marked on the new one in this visit comes back.
    if (now.clip !== before.clip) {
      useTruth.setState(NO_TRUTH);
      keep(withoutSteps, before.clip);
      const { now: marked } = marksOf(now.clip?.contentHash);
      if (marked && bringing === 0) void take(marked);
    }
    follow();
  });
  useTruth.subscribe(follow);
}

/** Files that are being read. They count as the truth of the clip that is open when they have been read. */
let bringing = 0;

/** Takes a file of point tracks, or of our own truth, for the clip that is open. */
export async function bringTruth(file: File): Promise<void> {
  setSettings({ view: "explore" });
  bringing++;
  const taken = await tell({ kind: "file", file }).finally(() => bringing--);
  if (taken) setSettings({ showTruth: true });
}

/** What came with the clip again, or nothing. */
export async function putTruthAway(): Promise<void> {
  await tell(null);
  useTruth.setState({ marking: false, active: 0 });
}

/** Scores what the clip itself says is true. */
export const scoreOwnTruth = (): void => useTruth.setState({ asked: true });

/** Begins or ends the marking of points by hand. A press either marks or paints. */
export async function setMarking(marking: boolean): Promise<void> {
  if (marking) setPaintingOn(false);
  if (marking && !useTruth.getState().tracks && !(await tell({ kind: "none" }))) return;
  // Painting was begun meanwhile.
  if (marking && usePainting.getState().on) return;
  const { tracks } = useTruth.getState();
  useTruth.setState({ marking, active: tracks?.names.length ?? 0 });
  if (marking) setSettings({ showTruth: true });
}

export const activateTrack = (active: number): void => useTruth.setState({ active });

/** The next point begins a track of its own. */
export const newTrack = (): void => activateTrack(useTruth.getState().tracks?.names.length ?? 0);

/** Marks where the active track is in a column of the figure. @param u, v across and down the frame, 0 to 1 */
export function markPoint(column: number, u: number, v: number): void {
  const { clip, encoded } = useSession.getState();
  const { tracks, active } = useTruth.getState();
  if (!clip || !encoded || !tracks) return;
  const { index } = encoded.frames[column];
  const n = Math.min(active, tracks.names.length);
  mark({ tracks: withPoint(tracks, n, index, u * clip.width, v * clip.height), active });
}

/** Takes away where the active track is in a column of the figure. */
export function erasePoint(column: number): void {
  const { tracks, active } = useTruth.getState();
  const frame = useSession.getState().encoded?.frames[column];
  // Where the track has no point there is none to take away, and no step.
  if (frame && tracks?.visible[active * tracks.frames + frame.index])
    mark({ tracks: withoutPoint(tracks, active, frame.index), active });
}

export function removeTrack(n: number): void {
  const { tracks } = useTruth.getState();
  if (tracks) mark({ tracks: withoutTrack(tracks, n), active: Math.max(0, tracks.names.length - 1) });
}

/** Takes the last change of the points back. @returns false where there is none */
export const undoMark = (): boolean => step(true);

/** Does again what was taken back last. @returns false where there is nothing */
export const redoMark = (): boolean => step(false);

/** Whether there is a change of the points to take back. */
export const hasUndoMark = (): boolean => marksOf(useSession.getState().clip?.contentHash).earlier.length > 0;

/** The points on show are saved: nothing is lost with the page. */
export function keepSaved(): void {
  const { tracks } = useTruth.getState();
  if (tracks) addFiled(tracks);
  keep(withoutAway);
}

/** Whether points were marked, on any clip of this visit, that are in no file. */
export const arePointsUnsaved = (): boolean => [...useTruth.getState().marks.values()].some(isUnsaved);

const marksOf = (clip: string | undefined): Marks => useTruth.getState().marks.get(clip ?? "") ?? NO_MARKS;

/** Changes what is kept of a clip: the open one. */
function keep(change: (marks: Marks) => Marks, clip = useSession.getState().clip): void {
  if (!clip) return;
  const { contentHash } = clip;
  useTruth.setState(({ marks }) => ({ marks: new Map(marks).set(contentHash, change(marksOf(contentHash))) }));
}

function mark(to: Marked): void {
  const { tracks, active } = useTruth.getState();
  if (tracks) keep((marks) => stepTo(marks, { tracks, active }, to));
  void take(to);
}

function step(back: boolean): boolean {
  const { tracks, active } = useTruth.getState();
  const marks = tracks && stepped(marksOf(useSession.getState().clip?.contentHash), { tracks, active }, back);
  if (!marks?.now) return false;
  keep(() => marks);
  void take(marks.now);
  return true;
}

/** Shows points at once, before the worker has them: the next press builds on them. */
async function take(marked: Marked): Promise<void> {
  const { clip } = useSession.getState();
  if (!clip) return;
  const { tracks, active } = marked;
  useTruth.setState({ tracks, active });
  await tell({ kind: "points", clip: clip.contentHash, tracks });
}

/** Gives the worker a truth, and shows what it makes of it. @returns whether the clip on show has the worker's */
async function tell(source: TruthRequest["source"]): Promise<boolean> {
  const reply = await request({ type: "truth", source });
  const { encoded, clip } = useSession.getState();
  // What is given while another clip opens is that one's by then; of a clip that is gone it is nobody's.
  if (!reply || reply.clip !== clip?.contentHash) return false;
  const { name, hasTruth } = reply;
  // Points that were marked meanwhile are newer than those that come back.
  const marked = source?.kind === "points" && source.clip === reply.clip;
  const tracks = marked ? useTruth.getState().tracks : reply.tracks;
  useTruth.setState({ name, tracks, scores: [], asked: false });
  if (!marked) putMarksAway();
  if (source?.kind === "file" && tracks) addFiled(tracks);
  // What the truth says of the queries is asked for anew, in Compare as well; of a student's blocks the user asks.
  if (encoded) setSession({ encoded: { ...encoded, hasTruth }, failure: null });
  loseWhere((asked) => mentions(asked, "compare-query"));
  useComparison.setState({ layers: null });
  retryFailed();
  return true;
}

/** A file's tracks, or none, are in the place of points that were marked. */
function putMarksAway(): void {
  const { now } = marksOf(useSession.getState().clip?.contentHash);
  if (now && isLost(now))
    say(
      "The points that were marked here are put away and in no file: “Mark points”, then “Take back” or Ctrl+Z, brings them back.",
    );
  keep(setAside);
}
