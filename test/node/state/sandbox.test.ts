// What the worker says of the sandbox: a failure to load it is the picker's own. A clip of a template that it draws is nobody's where
// another was chosen before it came.
import { beforeEach, expect, test, vi } from "vitest";
import { judgeAgain } from "../../../src/state/evaluate/evaluate.ts";
import { drawClip, loadSandbox, useSandbox } from "../../../src/state/evaluate/sandbox.ts";
import { useSession } from "../../../src/state/session.ts";
import { DEFAULTS, setSettings, useSettings } from "../../../src/state/settings.ts";
import type { SandboxDrawn, TemplateName } from "../../../src/worker/protocol.ts";
import { answers, stubBrowser } from "../../support/fake_page.ts";

vi.mock("../../../src/state/compute.ts", async () => (await import("../../support/fake_page.ts")).compute);

stubBrowser();

const TEMPLATE = "collision" as TemplateName;
const drawn = { prompt: "a ball", seed: 1 } as SandboxDrawn;
let replies: ((reply: SandboxDrawn) => void)[];

beforeEach(() => {
  useSettings.setState(DEFAULTS);
  useSession.setState(useSession.getInitialState());
  useSandbox.setState(useSandbox.getInitialState());
  replies = [];
  answers.set("sandbox-draw", () => new Promise((resolve) => replies.push(resolve)));
});

test("it is given where nothing else was chosen", async () => {
  const clip = drawClip(TEMPLATE);
  setSettings({ tau: 0.5 });
  replies[0](drawn);
  expect(await clip).toBe(drawn);
});

test("of two that are drawn the later is chosen, in whatever order they come", async () => {
  const clips = [drawClip(TEMPLATE), drawClip(TEMPLATE)];
  const later = { ...drawn, seed: 2 };
  replies[1](later);
  replies[0](drawn);
  expect(await Promise.all(clips)).toEqual([undefined, later]);
});

test.each([
  ["another clip", () => setSettings({ clip: "discs" })],
  ["another judged clip", () => setSettings({ judged: "sandbox:8:a ball" })],
  ["a file", () => useSession.setState({ incoming: new File([], "mine.mp4") })],
])("%s that was chosen meanwhile stands", async (_, choose) => {
  const clip = drawClip(TEMPLATE);
  choose();
  replies[0](drawn);
  expect(await clip).toBeUndefined();
});

const INFO = { templates: [{ template: TEMPLATE }], corruptions: [] };

test.each([
  ["reaches for it again", () => loadSandbox()],
  ["tries Evaluate's own failure again", async () => judgeAgain()],
])("where it could not be loaded the clip on show stays, and it is loaded when the user %s", async (_, again) => {
  answers.set("sandbox-info", () => Promise.reject(new Error("the server does not answer")));
  await loadSandbox();
  expect(useSandbox.getState()).toMatchObject({
    ...{ info: null, loading: false },
    failure: { message: "the server does not answer" },
  });
  expect(useSession.getState().failure).toBeNull();
  answers.set("sandbox-info", () => INFO);
  answers.set("sandbox-poster", () => Promise.reject(new Error("no picture")));
  await again();
  await vi.waitFor(() => expect(useSandbox.getState().info).toEqual(INFO));
  expect(useSandbox.getState()).toMatchObject({ loading: false, failure: null, posters: {} });
});
