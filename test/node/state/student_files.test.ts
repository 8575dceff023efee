// Runs of the diffusion student on the disk, whose writes may fail half-way, and files of their clips, which must have been read.
import { beforeEach, expect, test, vi } from "vitest";
import { offerStudentFile } from "../../../src/state/student/given.ts";
import { deleteStudent, selectStudent } from "../../../src/state/student/recall.ts";
import { loadClips, loadStudentCheckpoint, saveStudentRun } from "../../../src/state/student/run_files.ts";
import { newStudentRun, type StudentRun, setStudents, useStudents } from "../../../src/state/student/store.ts";
import { isHere } from "../../../src/state/student/stored_run.ts";
import { saveClips, saveFilm, saveStrip } from "../../../src/ui/student/clip_files.ts";
import {
  parseStudentRecipe,
  SANDBOX_CLIP,
  type StudentSample,
  type StudentStarted,
} from "../../../src/worker/protocol.ts";
import { stubFileSystem } from "../../support/file_system.ts";

const saved = vi.hoisted(() => ({ names: [] as string[] }));
vi.mock("../../../src/ui/controls/download.ts", () => ({
  saveBlob: (words: string, extension: string) => saved.names.push(`${words}.${extension}`),
}));
vi.mock("../../../src/state/compute.ts", async () => (await import("../../support/fake_page.ts")).compute);

/** The run's folder on the disk. */
async function folderOf(id: string) {
  const root = await navigator.storage.getDirectory();
  return (await root.getDirectoryHandle("student-runs", { create: true })).getDirectoryHandle(id, { create: true });
}

/** From now on files of such names find no room; null: there is room for all. */
async function fill(full: RegExp | null): Promise<void> {
  const folder = await folderOf("a");
  vi.restoreAllMocks();
  const { getFileHandle } = folder;
  const write = () => Promise.reject(new DOMException("no room", "QuotaExceededError"));
  const createWritable = async () => ({ write, close: async () => {}, abort: async () => {} });
  vi.spyOn(folder, "getFileHandle").mockImplementation(async (name, options) => {
    const file = await getFileHandle(name, options);
    return full?.test(name) ? ({ name, getFile: () => file.getFile(), createWritable } as never) : file;
  });
}

async function names(): Promise<string[]> {
  const found: string[] = [];
  for await (const [name] of (await folderOf("a")).entries()) found.push(name);
  return found.sort();
}

const FRAMES = 3 * SANDBOX_CLIP.frames * SANDBOX_CLIP.size ** 2;
const frames = (value: number) => new Uint8Array(FRAMES).fill(value);
const sample = (value: number) =>
  ({ prompt: "p", seed: 1, centreError: 4, stillError: 6, frames: frames(value) }) as StudentSample;

function runWith(drawn: readonly StudentSample[]): StudentRun {
  const started = { run: 1, status: "paused", step: 2, steps: 9, failure: null, recipe: parseStudentRecipe({}) };
  const made = newStudentRun(started as unknown as StudentStarted, { id: "a" });
  const looks = [{ step: 2, samples: drawn, joint: null }];
  return { ...made, watched: [{ prompt: "p", seed: 1, frames: frames(1) }], looks };
}
const RUN = runWith([sample(2)]);
const NOTHING = new Uint8Array();
/** The same as a later visit has it first. */
const RECALLED = {
  ...runWith([{ ...sample(2), frames: NOTHING }]),
  watched: RUN.watched.map((one) => ({ ...one, frames: NOTHING })),
};
/** Bytes of the drawn clip on the disk, and the last of them. */
async function drawn() {
  const { frames: all } = (await loadClips(RECALLED)).looks[0].samples[0];
  return [all.length, all.at(-1)];
}
const CHECKPOINT = new Uint8Array(8);

beforeEach(() => {
  stubFileSystem();
  saved.names.length = 0;
  useStudents.setState(useStudents.getInitialState());
});

test("a clip's file that could not be written is not there, and is written with the next save", async () => {
  await fill(/^drawn/);
  await expect(saveStudentRun(RUN, CHECKPOINT)).rejects.toThrow("no room");
  expect(await names()).toEqual(["simulated.rgb"]);
  await fill(null);
  await saveStudentRun(RUN, CHECKPOINT);
  expect(await names()).toEqual(["checkpoint.safetensors", "drawn-2.rgb", "run.json", "simulated.rgb"]);
  expect(await drawn()).toEqual([FRAMES, 2]);
});

test("what a closed tab left of a clip's file is written anew; until then those clips alone are missing", async () => {
  await saveStudentRun(RUN, CHECKPOINT);
  const folder = await folderOf("a");
  await folder.removeEntry("drawn-2.rgb");
  await folder.getFileHandle("drawn-2.rgb", { create: true });
  const { watched, looks } = await loadClips(RECALLED);
  expect([watched.map(isHere), looks.map(({ samples }) => samples.map(isHere))]).toEqual([[true], [[false]]]);
  await saveStudentRun(RUN, CHECKPOINT);
  expect(await drawn()).toEqual([FRAMES, 2]);
});

test("a run of an earlier visit brings what is on the disk, and says what is not; what was drawn since stays", async () => {
  await saveStudentRun(RUN, CHECKPOINT);
  const notice = async () => {
    setStudents({ runs: [RECALLED], notice: null });
    await selectStudent(1);
    return useStudents.getState().notice;
  };
  expect(await notice()).toBeNull();
  const folder = await folderOf("a");
  await folder.removeEntry("drawn-2.rgb");
  expect(await notice()).toMatch(/^Some clips of this run are not on the disk any more/);
  const later = { step: 4, samples: [sample(4)], joint: null };
  setStudents({ runs: [{ ...RECALLED, looks: [...RECALLED.looks, later] }] });
  await selectStudent(1);
  const [{ watched, looks }] = useStudents.getState().runs;
  expect([watched.map(isHere), looks.map(({ samples }) => samples.map(isHere))]).toEqual([[true], [[false], [true]]]);
  for (const name of await names()) await folder.removeEntry(name);
  expect(await notice()).toMatch(/^The clips of this run are not on the disk any more/);
});

test("a failed write leaves the file as it was before", async () => {
  await saveStudentRun(RUN, CHECKPOINT);
  await fill(/^checkpoint/);
  await expect(saveStudentRun(RUN, new Uint8Array(9))).rejects.toThrow("no room");
  expect(await loadStudentCheckpoint("a")).toEqual(CHECKPOINT);
});

test("clips that are not read from the disk are in no file: a sentence says so", async () => {
  setStudents({ runs: [runWith([{ ...sample(2), frames: new Uint8Array() }])], selected: 1 });
  const strip = vi.fn();
  for (const save of [saveClips, saveFilm, () => saveStrip("png", strip)]) {
    setStudents({ notice: null });
    await save();
    expect(useStudents.getState().notice).toMatch(/^These clips cannot be saved: /);
  }
  expect([saved.names, strip.mock.calls]).toEqual([[], []]);
  setStudents({ runs: [RUN], notice: null });
  vi.stubGlobal("location", { href: "https://page/" });
  saveClips();
  expect([saved.names.length, useStudents.getState().notice]).toEqual([1, null]);
});

test("a strip that cannot be drawn is no file, and a sentence says why", async () => {
  setStudents({ runs: [RUN], selected: 1, notice: null });
  await saveStrip("png", () => Promise.reject(new Error("no 2D canvas of 9×9 could be made")));
  expect([saved.names, useStudents.getState().notice]).toEqual([
    [],
    "The clips could not be saved as a strip: no 2D canvas of 9×9 could be made.",
  ]);
});

test("a file that is dropped while something is under way is asked for again", async () => {
  setStudents({ busy: "step", notice: null });
  await offerStudentFile(new File([], "mine.safetensors"));
  const { offered, notice } = useStudents.getState();
  expect([offered, notice]).toEqual([
    null,
    "Taking one step is under way: drop “mine.safetensors” again when that is over.",
  ]);
  setStudents({ busy: null });
});

test("a run that the disk does not let go of stays in the table, until it does; one that is not there goes", async () => {
  await saveStudentRun(RUN, CHECKPOINT);
  setStudents({ runs: [{ ...RECALLED, savedStep: 2 }] });
  const root = await (await navigator.storage.getDirectory()).getDirectoryHandle("student-runs");
  const inUse = () => Promise.reject(new DOMException("in use", "NoModificationAllowedError"));
  vi.spyOn(root, "removeEntry").mockImplementation(inUse);
  await deleteStudent("a");
  expect(useStudents.getState().runs).toHaveLength(1);
  expect(useStudents.getState().notice).toMatch(/^That run could not be deleted \(in use\): close the other tab/);
  vi.restoreAllMocks();
  await deleteStudent("a");
  expect([useStudents.getState().runs, await names()]).toEqual([[], []]);
  setStudents({ runs: [{ ...RECALLED, savedStep: 2 }] });
  await deleteStudent("a");
  await deleteStudent("a");
  expect(useStudents.getState().runs).toEqual([]);
});
