// What Train's page says of its stores: what a screen reader hears by itself, which buttons stay while they work, what a caption is of.
import { createElement, type FunctionComponent } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { beforeEach, expect, test, vi } from "vitest";
import { useSession } from "../../../src/state/session.ts";
import { DEFAULTS, useSettings } from "../../../src/state/settings.ts";
import { useClipPlayer } from "../../../src/state/student/clip_player.ts";
import { lookInside, useMatch } from "../../../src/state/student/match.ts";
import { planRecipes } from "../../../src/state/student/plan/plan.ts";
import { usePlans } from "../../../src/state/student/plan/plan_store.ts";
import { usePlausibility } from "../../../src/state/student/plausible.ts";
import { STUDENT_DEFAULTS } from "../../../src/state/student/settings.ts";
import { newStudentRun, type StudentRun, useStudentAt, useStudents } from "../../../src/state/student/store.ts";
import { type TrainRun, useTraining } from "../../../src/state/train/store.ts";
import { PlanPanel } from "../../../src/ui/student/plan/PlanPanel.tsx";
import { StudentClips } from "../../../src/ui/student/StudentClips.tsx";
import { FirstTen, RecordedBar } from "../../../src/ui/student/StudentFirst.tsx";
import { StudentMatch } from "../../../src/ui/student/StudentMatch.tsx";
import { StudentPlausible } from "../../../src/ui/student/StudentPlausible.tsx";
import { StudentTransport } from "../../../src/ui/student/StudentTransport.tsx";
import { TrainScrub } from "../../../src/ui/train/TrainScrub.tsx";
import { TrainTransport } from "../../../src/ui/train/TrainTransport.tsx";
import { parseStudentRecipe, type StudentSample, type StudentStarted } from "../../../src/worker/protocol.ts";
import { answers, stubBrowser } from "../../support/fake_page.ts";

vi.mock("../../../src/state/compute.ts", async () => (await import("../../support/fake_page.ts")).compute);
stubBrowser();

const STORES = [
  ...[useStudents, useStudentAt, useTraining, useSession, useSettings],
  ...[useClipPlayer, useMatch, usePlans, usePlausibility],
];
type Store = { getState(): object; getInitialState(): object };

/** What a component shows of the stores as they are now: React's markup is of what they are at first. */
function shown<P extends object>(component: FunctionComponent<P>, props: P): string {
  for (const store of STORES as unknown as Store[]) Object.assign(store.getInitialState(), store.getState());
  return renderToStaticMarkup(createElement(component, props));
}

const VOID = new Set(["input", "img", "br", "hr"]);
/** What of it is said aloud whenever it changes. */
function spoken(html: string): string {
  const within: boolean[] = [];
  let said = "";
  for (const [, end, tag, attributes, text] of html.matchAll(/<(\/?)(\w+)([^>]*)>([^<]*)/g)) {
    const speaks = tag === "output" || /role="(status|alert)"|aria-live="(polite|assertive)"/.test(attributes);
    if (end) within.pop();
    else if (!VOID.has(tag)) within.push(speaks && !attributes.includes('aria-live="off"'));
    if (within.includes(true)) said += text;
  }
  return said;
}

/** Buttons by what they say, and whether they wait. */
const buttons = (html: string) =>
  Array.from(html.matchAll(/<button([^>]*)>([^<]*)/g), ([, attributes, text]) => [
    text,
    attributes.includes('aria-disabled="true"'),
  ]);

const recipe = parseStudentRecipe({});
const started = {
  ...{ run: 1, status: "running", step: 4, steps: 300, failure: null, parameters: 10, bytes: 100 },
  ...{ shape: { width: 32, depth: 2 }, recipe },
} as unknown as StudentStarted;
const point = (step: number) => ({
  ...{ step, loss: 1 / step, diffusion: 1 / step, alignment: null, lambda: 0, gradNorm: 1, ms: 1000 },
});
const points = (to: number) => Array.from({ length: to }, (_, i) => point(i + 1));
const sample = { prompt: "p", seed: 1, frames: new Uint8Array(), centreError: 4, stillError: 6, sa: 0, pc: 0 };
const runAt = (step: number, change: Partial<StudentRun> = {}): StudentRun => ({
  ...newStudentRun({ ...started, step }, { id: "a" }),
  points: points(step),
  looks: [2, 4].map((at) => ({ step: at, samples: [sample as unknown as StudentSample], joint: null })),
  watched: [{ prompt: "p", seed: 1, frames: new Uint8Array() }],
  ...change,
});

beforeEach(() => {
  answers.clear();
  useSettings.setState({ ...DEFAULTS, student: STUDENT_DEFAULTS });
  useStudents.setState({ runs: [runAt(4)], live: [1], selected: 1, busy: null, estimate: null });
});

const projector = (step: number) =>
  ({ run: 1, step, points: points(step), agreement: [], snapshots: [] }) as unknown as TrainRun;
const clips = () => {
  const [run] = useStudents.getState().runs;
  return shown(StudentClips, { arms: [run], watched: run.watched, recipe: run.recipe });
};
const recordedAt = (step: number) => {
  const recorded = { adapter: "one", seconds: 9, command: "npm run" };
  useStudents.setState({ runs: [runAt(step, { recorded })] });
  return shown(RecordedBar, {});
};
function planAt(step: number): string {
  const arms = planRecipes({ ...STUDENT_DEFAULTS, values: "none, tsa" }).map((of, i) => ({ run: "ab"[i], recipe: of }));
  const plan = { version: 1, id: "p", savedAt: 1, over: "loss", arms, weights: false } as const;
  usePlans.setState({ plans: [plan], shown: "p", going: "p" });
  useStudents.setState({ runs: [runAt(step)] });
  return shown(PlanPanel, {});
}

test.each<[string, () => [before: string, after: string]]>([
  [
    "frame of the clips",
    () => {
      const before = clips();
      useClipPlayer.setState({ frame: 1 });
      return [before, clips()];
    },
  ],
  [
    "pointer over the curves",
    () => {
      const before = clips();
      useStudentAt.setState({ hover: 2 });
      return [before, clips()];
    },
  ],
  ["step of the recorded run", () => [recordedAt(4), recordedAt(5)]],
  ["step of a plan's arm", () => [planAt(4), planAt(5)]],
  [
    "step of the projector",
    () => {
      useTraining.setState({ runs: [projector(4)], selected: 1 });
      const before = shown(TrainScrub, {});
      useTraining.setState({ runs: [projector(5)] });
      return [before, shown(TrainScrub, {})];
    },
  ],
])("a %s is shown, and not said aloud", (_, tick) => {
  const [before, after] = tick();
  expect(after).not.toBe(before);
  expect(spoken(after)).toBe(spoken(before));
});

test("a plan says its state and how many arms are over aloud, and shows the time that is left beside it", () => {
  const html = planAt(4);
  expect(spoken(html)).toMatch(/^Under way: 0 of 2 arms are over; .* 300 steps each$/);
  expect(html.replace(/<[^>]*>/g, "")).toMatch(/steps each, about .* left/);
});

test("the buttons that begin something stay, waiting, while it is under way: the keyboard's focus is on them", () => {
  useTraining.setState({ busy: "Preparing the run", plan: null });
  expect(buttons(shown(TrainTransport, {}))).toEqual([
    ["Preparing the run …", true],
    ["One step", true],
  ]);
  useSession.setState({ compute: { backend: "webgpu", adapter: { software: true } } as never });
  const estimate = { bytes: 1, shared: 0, largest: 1, limit: 2, smaller: null };
  useStudents.setState({ runs: [], live: [], busy: "measure", estimate: estimate as never });
  expect(buttons(shown(StudentTransport, {}))).toContainEqual(["Measure a step", true]);
  expect(buttons(shown(FirstTen, {}))).toEqual([
    ["Play the recorded run", true],
    ["Run it here all the same", true],
  ]);
  planAt(4);
  usePlans.setState({ going: null });
  expect(buttons(shown(PlanPanel, {}))).toContainEqual(["Go on with the plan", true]);
  useStudents.setState({ runs: [runAt(4)], live: [1], busy: "save" });
  expect(buttons(shown(StudentTransport, {}))).toContainEqual(["Save checkpoint", true]);
});

test("the correspondence's caption is of its picture while another question is under way, and that is said", async () => {
  const grid = { F: 8, rows: 8 };
  const asked = { clip: 0, query: { frame: 0, token: 36 }, block: 1, t: 300 };
  const [teacher, student] = [null, new Float32Array(8 * 64)];
  const found = { run: 1, step: 4, tau: 0.1, prompt: "p", seed: 1, frames: new Uint8Array(), grid, asked };
  answers.set("student-correspond", () => ({ ...found, teacher, student }));
  await lookInside(1);
  answers.set("student-correspond", () => new Promise(() => {}));
  void lookInside(1, { t: 900 });
  const html = shown(StudentMatch, { run: runAt(4), name: null });
  expect(html).toContain("in noise t = 300,");
  expect(html).toContain("<output>900</output>");
  expect(html).toMatch(/aria-busy="true".*looking …/);
});

test("how far the measure of broken laws is, is said in one place from first to last", () => {
  const says = () => /<output>(.*?)<\/output>/.exec(shown(StudentPlausible, { run: runAt(4), name: null }))?.[1];
  expect(says()).toBe("");
  usePlausibility.setState({ 1: { steps: null, done: 2, pairs: [], busy: true } });
  expect(says()).toBe("2 of 6 clips");
  usePlausibility.setState({ 1: { steps: null, done: 6, pairs: [], busy: false } });
  expect(says()).toBe("done: 6 clips");
});
