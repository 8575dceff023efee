// What Explore does while clips follow one another, against a worker that answers by hand: nothing of one clip is done to the next.
import { beforeEach, expect, test, vi } from "vitest";
import { startCompare } from "../../../src/state/compare/compare.ts";
import { featuresOf, openFile, shrinkSettings, startExplore } from "../../../src/state/explore/explore.ts";
import { usePageNotice } from "../../../src/state/page_notice.ts";
import { type Session, useSession } from "../../../src/state/session.ts";
import { DEFAULTS, type Settings, setSettings, useSettings } from "../../../src/state/settings.ts";
import { startHistory, undo } from "../../../src/state/undo.ts";
import type { ComputeInfo, Failure, OpenRequest, ReturnsRequest, TokenRef } from "../../../src/worker/protocol.ts";
import { answers, asked, emit, encodedWith, stubBrowser } from "../../support/fake_page.ts";

vi.mock("../../../src/state/compute.ts", async () => (await import("../../support/fake_page.ts")).compute);

stubBrowser();

const catalog = ["discs", "chelsea"].map((id) => ({
  ...{ id, title: id, file: `${id}.mp4`, truth: null, query: [0.5, 0.5], features: [] },
})) as unknown as Session["catalog"];
const clipOf = ({ source }: OpenRequest) => {
  const name = source.kind === "builtin" ? source.id : source.kind;
  return { contentHash: name.padEnd(64, "0"), name, codec: "avc1", durationS: 60, width: 320, height: 224 };
};
/** A window that a survey chose. */
const SURVEY = {
  ...{ fromS: 0, toS: 60, cutsS: [] },
  start: { startS: 20, lengthS: 2, moves: true, queries: [[0.1, 0.1]] },
};
const LINK = { clip: "discs", startS: 0.4, lengthS: 1, queries: [[0, 2, 3]] as readonly TokenRef[] };

const settled = () => new Promise((resolve) => setTimeout(resolve));
const of = (type: string) => asked.filter((request) => request.type === type);
/** A request of this type is answered when the test says so. */
function held<T>(type: Parameters<typeof answers.set>[0]): (reply: T) => void {
  let answer: (reply: T) => void = () => {};
  const reply = new Promise<T>((resolve) => (answer = resolve));
  answers.set(type, () => reply);
  return answer;
}

startHistory();
startExplore();
startCompare();

beforeEach(async () => {
  answers.clear();
  answers.set("catalog" as never, () => catalog);
  answers.set("open", clipOf);
  useSettings.setState(DEFAULTS);
  useSession.setState({ ...useSession.getInitialState(), catalog });
  usePageNotice.setState({ text: null });
  await settled();
  asked.length = 0;
});

/** A long video of the user's own, which is being looked over. */
async function dropped(): Promise<void> {
  openFile(new File([], "mine.mp4"));
  await settled();
  expect(of("survey")).toMatchObject([{ start: true }]);
}

test("a clip that is chosen while a video is looked over is not looked over in its place", async () => {
  held("survey");
  await dropped();
  setSettings(LINK);
  await settled();
  expect(of("survey")).toHaveLength(1);
  expect(of("encode").at(-1)).toMatchObject({ window: { startS: 0.4, lengthS: 1 } });
  expect([useSession.getState().fresh, useSession.getState().opened]).toEqual([false, "discs"]);
});

test("what was seen of a video decides nothing of a clip that was chosen meanwhile", async () => {
  const surveyed = held("survey");
  await dropped();
  held("open");
  // All its settings are the usual ones, as the video's were.
  setSettings({ clip: "discs" });
  surveyed(SURVEY);
  await settled();
  expect(useSettings.getState()).toMatchObject({ clip: "discs", startS: 0, lengthS: 0, queries: [] });
});

test("nor do the tokens that are found again in it", async () => {
  const undecided: readonly TokenRef[] = [
    [0, 1, 1],
    [0, 2, 2],
  ];
  const returned = held("returns");
  const encoded = encodedWith({ grid: { F: 1, H: 4, W: 4 } });
  answers.set("encode", () => encoded);
  useSession.setState({ undecided });
  await settled();
  setSettings({ token: 8 });
  await settled();
  expect(of("returns")).toMatchObject([{ queries: undecided }]);
  held("open");
  setSettings(LINK);
  returned({ queries: undecided, positions: Uint32Array.of(5, 10) });
  await settled();
  expect(useSettings.getState().queries).toEqual(LINK.queries);
});

test("Ctrl+Z passes over what the page chose of a video", async () => {
  answers.set("survey", () => ({
    ...SURVEY,
    start: {
      ...SURVEY.start,
      queries: [
        [0.1, 0.1],
        [0.6, 0.6],
      ],
    },
  }));
  answers.set("encode", () => encodedWith({ grid: { F: 8, H: 14, W: 20 } }));
  answers.set("returns", ({ queries }: ReturnsRequest) => ({
    queries,
    positions: Uint32Array.from(queries, ([, row, col], i) => (i === 0 ? 0 : row * 20 + col)),
  }));
  await dropped();
  await vi.waitFor(() => expect(useSession.getState()).toMatchObject({ fresh: false, undecided: null }));
  const chosen = useSettings.getState();
  expect(chosen.startS).toBe(20);
  // The second was found again, the first was not.
  expect(chosen.queries).toEqual(useSession.getState().chosen?.candidates.slice(1));
  setSettings({ tau: 0.5 });
  expect([undo(), undo()]).toEqual([true, false]);
  expect(useSettings.getState()).toEqual(chosen);
});

test("a link that waits for somebody's own file shows nothing of the clip before, and the file when it is given", async () => {
  const image = { close: vi.fn() };
  answers.set("encode", () => encodedWith({ grid: { F: 1, H: 4, W: 4 }, images: [image] }));
  setSettings({ clip: "discs" });
  await vi.waitFor(() => expect(useSession.getState().encoded).not.toBeNull());
  const encodes = of("encode").length;
  setSettings({ ...LINK, clip: "file:bbbbbbbbbbbbbbbb", fileName: "theirs.mp4" });
  await settled();
  expect(of("encode")).toHaveLength(encodes);
  expect(image.close).toHaveBeenCalledOnce();
  expect(useSession.getState()).toMatchObject({
    clip: null,
    opened: null,
    clipUrl: null,
    encoded: null,
    progress: null,
  });
  // The same clip again is opened again.
  setSettings({ clip: "discs", fileName: "" });
  await vi.waitFor(() => expect(useSession.getState().encoded).not.toBeNull());
  expect(of("open")).toHaveLength(2);

  setSettings({ ...LINK, clip: "file:bbbbbbbbbbbbbbbb", fileName: "theirs.mp4" });
  answers.set("open", (request: OpenRequest) => ({ ...clipOf(request), contentHash: "b".repeat(64) }));
  openFile(new File([], "theirs.mp4"));
  await vi.waitFor(() => expect(useSession.getState().encoded).not.toBeNull());
  expect(of("encode").at(-1)).toMatchObject({ window: { startS: 0.4, lengthS: 1 } });
  expect(useSettings.getState()).toMatchObject({ clip: "file:bbbbbbbbbbbbbbbb", queries: LINK.queries });
});

test("what is encoded of a clip that was left says nothing when it comes", async () => {
  const encoded = held("encode");
  setSettings({ clip: "discs" });
  await vi.waitFor(() => expect(of("encode")).toHaveLength(1));
  setSettings({ clip: "file:bbbbbbbbbbbbbbbb", fileName: "theirs.mp4" });
  emit({ type: "progress", stage: "encoding", done: 1, total: 8, unit: "frames" });
  encoded(encodedWith({}));
  await settled();
  expect(useSession.getState()).toMatchObject({ clip: null, encoded: null, progress: null });
});

test("smaller settings are smaller on both sides, and encoders that leave no choice of them go", () => {
  const smaller = (settings: Partial<Settings>) => {
    useSettings.setState(DEFAULTS);
    setSettings(settings);
    shrinkSettings();
    const { encoder, studentEncoder, token, studentToken, frames } = useSettings.getState();
    expect({ token, studentToken, frames }).toEqual({ token: 16, studentToken: 16, frames: 4 });
    return [encoder, studentEncoder];
  };
  expect(smaller({ view: "compare", encoder: "raw-patches", token: 8, studentToken: 8, frames: 12 })).toEqual([
    "raw-patches",
    "raw-patches",
  ]);
  expect(smaller({ encoder: "videomae" })).toEqual(["xfeat", "raw-patches"]);
  expect(smaller({ encoder: "raw-patches", studentEncoder: "cogvideox" })).toEqual(["raw-patches", "raw-patches"]);
});

test("features are saved of what is on show, or the page says that they are gone", async () => {
  const encoding = () => ({ type: "encode", encoder: "xfeat" }) as Session["encodedFor"];
  const features = { grid: { F: 1, H: 1, W: 1, C: 1 }, data: Float32Array.of(1) };
  const notice = () => usePageNotice.getState().text;
  const [first, second] = [encoding(), encoding()];
  const encoded = encodedWith({ hasTruth: false });
  useSession.setState({ encoded, encodedFor: first });
  let reply = held("features");
  let saved = featuresOf(first);
  // Another truth is of the same features.
  useSession.setState({ encoded: { ...encoded, hasTruth: true } });
  reply(features);
  expect([await saved, notice()]).toEqual([features, null]);

  reply = held("features");
  saved = featuresOf(first);
  useSession.setState({ encoded: encodedWith({}), encodedFor: second });
  reply(features);
  expect([await saved, notice()]).toEqual([undefined, expect.stringMatching(/^Those features are gone: .*Save them/)]);

  const nothing = () => Promise.reject(new Error("no clip is encoded"));
  answers.set("features", nothing);
  // Of a clip that was opened in its place: no failure of the user's.
  expect(await featuresOf(first)).toBeUndefined();
  await expect(featuresOf(second)).rejects.toThrow("no clip is encoded");
});

test("where the GPU was given up the page says what computes from then on", () => {
  const cpu: ComputeInfo = { backend: "cpu", adapter: null, failure: null, wasmThreads: 1 };
  const failure = { code: "device-lost" } as Failure;
  useSession.setState({ compute: { ...cpu, backend: "webgpu" }, recovering: true });
  emit({ type: "device-gone", failure, info: cpu, forgotten: [] });
  expect(useSession.getState()).toMatchObject({ compute: cpu, recovering: false, failure });
  // The worker itself stopped: nothing computes.
  emit({ type: "device-gone", failure, info: null, forgotten: [] });
  expect(useSession.getState().compute).toBe(cpu);
});

test("what a restored device could not take is asked for again, and nothing else", async () => {
  const grid = { F: 8, H: 4, W: 4 };
  answers.set("encode", () => encodedWith({ grid }));
  answers.set("compare", () => ({ grid, images: [], studentImages: [] }));
  setSettings({ clip: "discs", view: "compare" });
  await vi.waitFor(() => expect([of("encode"), of("compare")].map(({ length }) => length)).toEqual([1, 1]));
  const info: ComputeInfo = { backend: "webgpu", adapter: null, failure: null, wasmThreads: 1 };
  const restored = async (...forgotten: readonly string[]) => {
    emit({ type: "device-restored", info, forgotten });
    await settled();
    return [of("encode").length, of("compare").length];
  };
  expect(await restored()).toEqual([1, 1]);
  expect(await restored("compared")).toEqual([1, 2]);
  expect(await restored("encoded")).toEqual([2, 2]);
  // Given up in the end, it asks the CPU for it.
  emit({ type: "device-gone", failure: { code: "device-lost" } as Failure, info, forgotten: ["compared"] });
  useSession.setState({ failure: null });
  await settled();
  expect(of("compare").length).toBe(3);
});
