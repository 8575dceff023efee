// Figures that cannot be drawn: the page says why where the user is.
import { beforeEach, expect, test, vi } from "vitest";
import { usePageNotice } from "../../../src/state/page_notice.ts";
import { setSession, useSession } from "../../../src/state/session.ts";
import type { TrainRun } from "../../../src/state/train/store.ts";
import { saveVerdictPng } from "../../../src/ui/evaluate/verdict_figure.ts";
import { saveCharts } from "../../../src/ui/train/chart_files.ts";
import type { Judged } from "../../../src/worker/protocol.ts";
import { stubBrowser } from "../../support/fake_page.ts";

const saved = vi.hoisted(() => ({ names: [] as string[] }));
vi.mock("../../../src/ui/controls/download.ts", () => ({
  saveBlob: (words: string, extension: string) => saved.names.push(`${words}.${extension}`),
}));
vi.mock("../../../src/state/compute.ts", async () => (await import("../../support/fake_page.ts")).compute);

stubBrowser();

const NO_CANVAS = /no 2D canvas of \d+×\d+ could be made: choose fewer dots/;
/** A browser that has no room for canvases. */
class NoCanvas {
  constructor(
    readonly width: number,
    readonly height: number,
  ) {}
  getContext = () => null;
}

beforeEach(() => {
  vi.stubGlobal("OffscreenCanvas", NoCanvas);
  setSession({ failure: null });
  usePageNotice.setState({ text: null });
  saved.names.length = 0;
});

test("Train's charts show the panel of failures; where they can be written they are a file", async () => {
  const charts = { runs: [] as TrainRun[], stem: "runs charts" };
  await saveCharts("png", charts);
  expect(useSession.getState().failure?.message).toMatch(NO_CANVAS);
  expect(saved.names).toEqual([]);
  await saveCharts("svg", charts);
  expect(saved.names).toEqual(["runs charts.svg"]);
});

test("Evaluate's figure says so over the foot of the page, which has no such panel: the verdict stays", async () => {
  const verdict = { prompt: "a ball", parsed: [], rules: [], sa: 1, pc: 1, saGrade: 5, pcGrade: 5, joint: true };
  const judged = { verdict, words: {}, laws: {} } as unknown as Judged;
  await saveVerdictPng({ judged, pictures: [{} as ImageBitmap], source: "simulated", stem: "a ball" });
  expect(usePageNotice.getState().text).toMatch(/^Not saved: no 2D canvas/);
  expect([useSession.getState().failure, saved.names]).toEqual([null, []]);
});
