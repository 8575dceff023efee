// A clip of a template, drawn by the worker: it is nobody's where another was chosen before it came.
import { beforeEach, expect, test, vi } from "vitest";
import { drawClip } from "../../../src/state/evaluate/sandbox.ts";
import { useSession } from "../../../src/state/session.ts";
import { DEFAULTS, setSettings, useSettings } from "../../../src/state/settings.ts";
import type { SandboxDrawn, TemplateName } from "../../../src/worker/protocol.ts";
import { answers } from "../../support/fake_page.ts";

vi.mock("../../../src/state/compute.ts", async () => (await import("../../support/fake_page.ts")).compute);

const TEMPLATE = "collision" as TemplateName;
const drawn = { prompt: "a ball", seed: 1 } as SandboxDrawn;
let replies: ((reply: SandboxDrawn) => void)[];

beforeEach(() => {
  useSettings.setState(DEFAULTS);
  useSession.setState(useSession.getInitialState());
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
