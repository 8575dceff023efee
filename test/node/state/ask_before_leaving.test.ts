// What a page that is closed or loaded anew asks about: only what was made by hand and is in no file.
import { beforeEach, expect, test, vi } from "vitest";
import { usePainting } from "../../../src/state/mask/store.ts";
import { DEFAULTS, useSettings } from "../../../src/state/settings.ts";
import { addFiled, NO_MARKS } from "../../../src/state/truth/marks.ts";
import { useTruth } from "../../../src/state/truth/store.ts";
import { startAsking } from "../../../src/state/unsaved.ts";
import { stubBrowser } from "../../support/fake_page.ts";

vi.mock("../../../src/state/compute.ts", async () => (await import("../../support/fake_page.ts")).compute);

stubBrowser();
const page = new EventTarget();
vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
startAsking();

/** Whether closing the page asks. */
const asks = () => !page.dispatchEvent(new Event("beforeunload", { cancelable: true }));

beforeEach(() => {
  useSettings.setState(DEFAULTS);
  useTruth.setState(useTruth.getInitialState());
  usePainting.setState(usePainting.getInitialState());
});

test("a page on which nothing was made closes at once", () => {
  expect(asks()).toBe(false);
});

test("points of a clip that was left are asked about, those that are saved or taken back are not", () => {
  const tracks = { names: ["0"], frames: 1, xy: Float32Array.of(1, 2), visible: Uint8Array.of(1) };
  const marks = { ...NO_MARKS, now: { tracks, active: 0 } };
  useTruth.setState({ marks: new Map([["aaaa", marks]]) });
  expect(asks()).toBe(true);
  addFiled(tracks);
  expect(asks()).toBe(false);
  const none = { ...tracks, xy: Float32Array.of(Number.NaN, Number.NaN), visible: Uint8Array.of(0) };
  useTruth.setState({ marks: new Map([["aaaa", { ...marks, now: { tracks: none, active: 0 } }]]) });
  expect(asks()).toBe(false);
});

test("a painted mask is asked about on its clip and when that was left, not once it is saved or undone", () => {
  const id = "mask:0000000000000001:painted" as const;
  usePainting.setState({ unsaved: new Set([id]) });
  expect(asks()).toBe(false);
  useSettings.setState({ mask: id });
  expect(asks()).toBe(true);
  useSettings.setState({ mask: "" });
  usePainting.setState({ kept: new Map([["coffee", id]]) });
  expect(asks()).toBe(true);
  usePainting.setState({ unsaved: new Set() });
  expect(asks()).toBe(false);
});
