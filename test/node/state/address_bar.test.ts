// Links that are opened in a tab that is there already: what is said of them, and what Evaluate does for them.
import { beforeEach, expect, test, vi } from "vitest";
import { followAddressBar } from "../../../src/state/address_bar.ts";
import { generate, judgeFile, startEvaluate } from "../../../src/state/evaluate/evaluate.ts";
import { fileId } from "../../../src/state/evaluate/judged_id.ts";
import { useEvaluation, useGeneration } from "../../../src/state/evaluate/store.ts";
import { chooseTrained, FILE, useTrained } from "../../../src/state/evaluate/trained.ts";
import { tell, usePageNotice } from "../../../src/state/page_notice.ts";
import { DEFAULTS, setSettings, useSettings } from "../../../src/state/settings.ts";
import type { GenerateRequest, JudgeRequest } from "../../../src/worker/protocol.ts";
import { answers, asked, stubBrowser } from "../../support/fake_page.ts";

vi.mock("../../../src/state/compute.ts", async () => (await import("../../support/fake_page.ts")).compute);

stubBrowser();
const page = { href: "https://page/", hash: "", pathname: "/", search: "" };
let onHash = () => {};
let hovers = true;
vi.stubGlobal("location", page);
vi.stubGlobal("history", { replaceState: () => {} });
vi.stubGlobal("matchMedia", () => ({ matches: hovers }));
vi.stubGlobal("addEventListener", (type: string, listener: () => void) => {
  if (type === "hashchange") onHash = listener;
});

followAddressBar();
startEvaluate();

const settled = () => new Promise((over) => setTimeout(over));
async function openLink(hash: string): Promise<void> {
  page.hash = hash;
  onHash();
  await settled();
}
const notice = () => usePageNotice.getState().text;
const made = () => asked.filter(({ type }) => type === "generate");
const HASH = "0123456789abcdef";

beforeEach(async () => {
  answers.clear();
  answers.set("judge", ({ source }: JudgeRequest) => ({ source, contentHash: HASH.repeat(4) }));
  answers.set("generate", ({ trained, ...source }: GenerateRequest) => ({
    made: { source: { ...source, kind: "student", model: { card: trained ? null : "card.md" } } },
  }));
  hovers = true;
  useSettings.setState(DEFAULTS);
  useTrained.setState(useTrained.getInitialState());
  useGeneration.setState(useGeneration.getInitialState());
  useEvaluation.setState(useEvaluation.getInitialState());
  tell(null);
  await settled();
  asked.length = 0;
});

test("what is said of a link goes with the next", async () => {
  await openLink("#v=1&tau=abc");
  expect(notice()).toContain("tau=abc");
  await openLink("#v=1&tau=0.1");
  expect(notice()).toBeNull();
});

test("a link to nothing that can be judged says so, and shows the usual clip", async () => {
  await openLink("#v=1&view=evaluate&judged=cat.mp4");
  expect(notice()).toContain("judged=cat.mp4");
  expect(useSettings.getState().judged).toBe(DEFAULTS.judged);
  for (const judged of ["sandbox:8:a ball", fileId(HASH, "mine, 2.safetensors")]) {
    await openLink(`#v=1&view=evaluate&judged=${encodeURIComponent(judged)}`);
    expect([notice(), useSettings.getState().judged]).toEqual([null, judged]);
  }
});

/** Of a clip that no test before was of: what was judged once is not judged again. */
const linkOf = (seed: number) => `#v=1&view=evaluate&judged=sandbox:${seed}:a+ball&maker=student`;

test("a link to a student's clip is made, unless it is there; so is one of the same sentence and other steps", async () => {
  const link = linkOf(11);
  await openLink(link);
  expect(made()).toMatchObject([{ prompt: "a ball", seed: 11, steps: 25 }]);
  await openLink(`${link}&tau=0.5`);
  expect(made()).toHaveLength(1);
  await openLink(`${link}&denoising=3`);
  expect(made()).toMatchObject([{}, { seed: 11, steps: 3 }]);
  // While one is being made, too.
  answers.set("generate", () => new Promise(() => {}));
  await openLink(`${link}&denoising=4`);
  await openLink(`${link}&denoising=4&tau=0.5`);
  await openLink(`${link}&denoising=5`);
  expect(made().slice(2)).toMatchObject([{ steps: 4 }, { steps: 5 }]);
});

test("the student that a link can be of is the one that ships", async () => {
  const link = linkOf(12);
  await openLink(link);
  useTrained.setState({ file: { name: "mine", bytes: new Uint8Array() } });
  chooseTrained(FILE);
  await generate();
  await settled();
  expect(made()).toMatchObject([{}, { trained: { name: "mine" } }]);
  await openLink(`${link}&tau=0.5`);
  expect(made()).toHaveLength(3);
  expect(made()[2]).not.toHaveProperty("trained");
});

test("it is not made in another view, of the simulator's clip, or on a phone", async () => {
  const link = linkOf(13);
  await openLink(link.replace("evaluate", "explore"));
  await openLink(link.replace("student", "simulator"));
  hovers = false;
  await openLink(link);
  expect([made(), useGeneration.getState().order]).toEqual([[], null]);
});

test("a file that was judged in this visit is judged again where the settings come back to it", async () => {
  const file = new File([], "mine.safetensors");
  setSettings({ view: "evaluate" });
  judgeFile(file);
  await settled();
  const { judged } = useSettings.getState();
  expect(judged).toBe(fileId(HASH, "mine.safetensors"));
  setSettings({ judged: "sandbox:8:a ball" });
  await settled();
  asked.length = 0;
  setSettings({ judged });
  await settled();
  expect(asked).toMatchObject([{ type: "judge", source: { kind: "file", file } }]);
  expect(useEvaluation.getState()).toMatchObject({ incoming: null, failure: null, judged: { source: { file } } });
  // One that is gone from the disk is asked for once.
  answers.set("judge", () => Promise.reject(new Error("gone")));
  setSettings({ judged: "sandbox:9:a ball" });
  await settled();
  useEvaluation.setState({ failure: null });
  asked.length = 0;
  setSettings({ judged });
  await settled();
  expect(asked).toHaveLength(1);
  expect(useEvaluation.getState()).toMatchObject({ refused: file, failure: { message: "gone" } });
});
