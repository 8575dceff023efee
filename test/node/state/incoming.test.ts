// Which of several files that are given at once are taken, and what is said of the others.
import { readFileSync } from "node:fs";
import { beforeEach, expect, test, vi } from "vitest";
import { usePageNotice } from "../../../src/state/page_notice.ts";
import { takeFiles } from "../../../src/ui/files/incoming.ts";
import { bringModel } from "../../../src/worker/brought/model.ts";
import type { Request } from "../../../src/worker/protocol.ts";
import type { Workspace } from "../../../src/worker/workspace.ts";

const { asked, answer } = vi.hoisted(() => ({
  asked: [] as Request[],
  answer: { of: async (_: Request): Promise<unknown> => null },
}));

vi.mock("../../../src/state/compute.ts", () => {
  const tryRequest = (request: Request) => {
    asked.push(request);
    return answer.of(request);
  };
  return { tryRequest, request: tryRequest, onComputeEvent: () => {}, askTelling: () => tryRequest };
});

/** A model as the worker reads it; it is not run. */
const space = { models: new Map() } as unknown as Workspace;
const fixture = (name: string) => new File([readFileSync(`test/fixtures/brought/${name}`)], name);
const named = (name: string, text = "") => new File([text], name);
const notice = () => usePageNotice.getState().text;

/** Gives files to the page, and waits until it asks the worker something. */
async function given(...files: readonly File[]) {
  asked.length = 0;
  takeFiles(files);
  await expect.poll(() => asked.length).toBeGreaterThan(0);
}

beforeEach(() => {
  answer.of = async (request) => (request.type === "bring-model" ? bringModel(space, request) : null);
  usePageNotice.setState({ text: "of the files before" });
});

test("beside a model only its weights are taken, and the others are named", async () => {
  await given(fixture("vit_outside.onnx"), fixture("vit_outside.onnx.data"));
  await expect.poll(notice).toBeNull();
  await given(named("clip.mp4"), fixture("vit_outside.onnx"), fixture("vit_outside.onnx.data"), named("b.onnx"));
  await expect.poll(notice).toBe("One at a time: “vit_outside.onnx” is opened, “clip.mp4” and 1 more are not.");
});

test("of several tables of point tracks the first is taken", async () => {
  const tracks = "track,frame,x,y\na,0,1,1\n";
  await given(named("a.csv", tracks), named("image.png"), named("b.csv", tracks));
  expect(asked[0]).toMatchObject({ type: "truth", source: { kind: "file", file: { name: "a.csv" } } });
  expect(notice()).toBe("One at a time: “a.csv” is opened, “b.csv” and 1 more are not.");
});
