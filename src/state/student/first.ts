/**
 * The first ten seconds: a student so small, and a task so narrow, that it learns before one's eyes. On a software adapter a run of
 * it that ships with the page plays in its place.
 */
import { create } from "zustand";
import { fetchFile } from "../../site/files.ts";
import type { ComputeInfo } from "../../worker/protocol.ts";
import { useSession } from "../session.ts";
import { setSettings } from "../settings.ts";
import { FIRST } from "./preset.ts";
import { RECORDED_RUN, readRecorded, withSheet } from "./recorded_file.ts";
import { cutAt, type StudentRun, setStudents, useStudentAt, useStudents } from "./store.ts";
import { measureStep, startStudent } from "./student.ts";
import { costOf, secondsOfRun } from "./wanted.ts";

/** Where the run takes longer than this, s, the user is asked before it starts. */
const PATIENCE_S = 60;

interface First {
  /** The recorded run, whole; null before it was first wanted. */
  readonly recording: StudentRun | null;
  readonly playing: boolean;
  /** What the run would take here, by the step that was measured: the user is asked first. */
  readonly asks: { readonly seconds: number; readonly bytes: number } | null;
}

export const useFirst = create<First>(() => ({ recording: null, playing: false, asks: null }));

/** Whether a run of it is live here: on a software adapter it takes minutes, and without WebGPU there is none. */
export const learnsHere = (compute: ComputeInfo | null): boolean =>
  compute?.backend === "webgpu" && compute.adapter?.software !== true;

function show(): void {
  setSettings({ view: "train", learns: "student", student: FIRST });
  dropTyped();
}

/** Where the task was this one before, too. */
const dropTyped = () => setStudents({ typed: null });

/** Starts it, whatever the rail says by now: another recipe may have been chosen since it was measured. */
async function start(): Promise<void> {
  setSettings({ student: FIRST });
  dropTyped();
  await startStudent();
}

/** Says what it takes on this adapter, and starts it where that is soon over. */
export async function startFirst(): Promise<void> {
  pauseRecording();
  show();
  useFirst.setState({ asks: null });
  const cost = costOf(FIRST);
  if (useStudents.getState().measured?.cost !== cost) await measureStep();
  const { measured } = useStudents.getState();
  // Refused or given up: it is said above.
  if (measured?.cost !== cost) return;
  const seconds = secondsOfRun(measured, FIRST);
  if (seconds > PATIENCE_S) useFirst.setState({ asks: { seconds, bytes: measured.bytes } });
  else await start();
}

/** The user was asked. */
export async function answerFirst(starts: boolean): Promise<void> {
  useFirst.setState({ asks: null });
  if (starts) await start();
}

/** What a first visit ends with: live where there is a GPU, and recorded where there is none. */
export const watchFirst = (): Promise<void> =>
  learnsHere(useSession.getState().compute) ? startFirst() : playRecording();

/** How long the recorded run plays, and how often it moves. */
const [PLAY_MS, TICK_MS] = [10_000, 100];
let timer: ReturnType<typeof setInterval> | undefined;

/** Puts the recorded run on show and plays it from its beginning; at rest, as its end, where the user wants no motion. */
export async function playRecording(): Promise<void> {
  show();
  const recording = await recordedRun();
  if (!recording) return;
  setStudents({ selected: RECORDED_RUN });
  useStudentAt.setState({ hover: null, pinned: null });
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) seekRecording(recording.steps);
  else {
    seekRecording(0);
    resumeRecording();
  }
}

export function resumeRecording(): void {
  clearInterval(timer);
  let at = useStudents.getState().runs.find(({ run }) => run === RECORDED_RUN)?.step ?? 0;
  useFirst.setState({ playing: true });
  timer = setInterval(() => {
    const { recording } = useFirst.getState();
    const { runs, selected } = useStudents.getState();
    const shown = selected === RECORDED_RUN && runs.some(({ run }) => run === RECORDED_RUN);
    if (!recording || !shown) return pauseRecording();
    at = Math.min(recording.steps, at + (recording.steps * TICK_MS) / PLAY_MS);
    putAt(recording, Math.round(at));
    if (at === recording.steps) pauseRecording();
  }, TICK_MS);
}

export function pauseRecording(): void {
  clearInterval(timer);
  useFirst.setState({ playing: false });
}

/** Shows the recorded run as it was after a step. */
export function seekRecording(step: number): void {
  pauseRecording();
  const { recording } = useFirst.getState();
  if (recording) putAt(recording, step);
}

/** It grows as a live run does: what came after the step is not there yet. */
function putAt(recording: StudentRun, step: number): void {
  const status = step < recording.steps ? "paused" : "done";
  const now: StudentRun = { ...cutAt(recording, step), step, status };
  useStudents.setState(({ runs }) => ({ runs: [now, ...runs.filter(({ run }) => run !== RECORDED_RUN)] }));
}

async function recordedRun(): Promise<StudentRun | null> {
  const { recording } = useFirst.getState();
  if (recording) return recording;
  try {
    const file = (name: string) => fetchFile(new URL(`recorded/${name}`, document.baseURI).href, "the recorded run");
    const [text, sheet] = await Promise.all([file("first.json"), file("first.webp")]);
    const found = await withSheet(readRecorded(await text.text()), await sheet.blob());
    useFirst.setState({ recording: found });
    return found;
  } catch (error) {
    setStudents({ notice: error instanceof Error ? `${error.message}.` : String(error) });
    return null;
  }
}
