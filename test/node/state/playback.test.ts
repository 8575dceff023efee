// Which picture stands large and small: where the clip was taken to, where it stopped, and which row of the figure is on show.
import { beforeEach, expect, test } from "vitest";
import { rowOnShow, seek } from "../../../src/state/focus.ts";
import { playFrom, setPlayback, stayAt, usePlayback } from "../../../src/state/playback.ts";
import { useSession } from "../../../src/state/session.ts";
import { useSettings } from "../../../src/state/settings.ts";
import { encodedWith } from "../../support/fake_page.ts";

const span = { startS: 1, endS: 4 };
const now = usePlayback.getState;

beforeEach(() => {
  usePlayback.setState(usePlayback.getInitialState());
});

test("playing begins where the player was taken to, and at the window's start where that is elsewhere", () => {
  expect(playFrom(span)).toBe(1);
  setPlayback({ seekS: 3 });
  expect(playFrom(span)).toBe(3);
  // From then on the clip is where its clock is.
  expect([now().seekS, playFrom(span)]).toEqual([null, 1]);
  for (const seekS of [0.5, 4]) {
    setPlayback({ seekS });
    expect(playFrom(span)).toBe(1);
  }
});

test("a clip that is stopped stays at its picture, and goes on from there", () => {
  setPlayback({ playing: true });
  // Started again while it plays, as with another window: it is not where it was.
  stayAt(2);
  expect(now().seekS).toBeNull();
  setPlayback({ playing: false });
  stayAt(1.2);
  expect([now().seekS, playFrom(span)]).toEqual([1.2, 1.2]);
});

test("a click on the strip stops the clip there, in the large frame and in the small one", () => {
  useSession.setState({ encoded: encodedWith({ frames: [0, 1, 2, 3].map((timeS) => ({ timeS })) }) });
  setPlayback({ playing: true });
  seek(3.1);
  stayAt(1.2);
  expect(now()).toMatchObject({ playing: false, seekS: 3.1, frame: 3 });
  expect(useSettings.getState().frame).toBe(3);
});

test("every row can be chosen, the first too; what the figure lacks gives way to the main one", () => {
  const rows = ["clip", "raw", "tau"].map((id) => ({ id }));
  expect(rowOnShow(rows, "clip", "tau")).toBe(0);
  expect(rowOnShow(rows, "raw", "tau")).toBe(1);
  expect(rowOnShow(rows, "", "tau")).toBe(2);
  expect(rowOnShow(rows, "kl", "student")).toBe(0);
});
