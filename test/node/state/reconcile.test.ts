// One reconciler against parts that are answered by hand: what it asks for, when, and when not.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { loseWhere, mentions, Reconciler, retryFailed, type Want, type Wants } from "../../../src/state/reconcile.ts";
import { untold } from "../../support/fake_page.ts";

interface Parts {
  first: string;
  second: string;
}

interface Question {
  readonly text: string;
  answer(reply: unknown): Promise<void>;
  fail(error: Error): Promise<void>;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A reconciler, what it is to want, and what it asked for so far. */
function made() {
  const questions: Question[] = [];
  const failures: unknown[] = [];
  const state: { wanted: Wants<Parts> } = { wanted: {} };
  const settled = () => vi.advanceTimersByTimeAsync(0);
  const ask = ({ request }: Want<string>) =>
    new Promise<unknown>((resolve, reject) => {
      questions.push({
        text: request,
        answer: (reply) => {
          resolve(reply);
          return settled().then(() => {});
        },
        fail: (error) => {
          reject(error);
          return settled().then(() => {});
        },
      });
    });
  const reconciler = new Reconciler<Parts>(
    () => state.wanted,
    { first: ask, second: ask },
    (error) => failures.push(error),
  );
  const want = (wanted: Wants<Parts>) => {
    state.wanted = wanted;
    reconciler.run();
  };
  return { want, questions, failures, reconciler, asked: () => questions.map(({ text }) => text) };
}

const of = {};

test("a part is asked for once, and again when its request or what it is of becomes another", async () => {
  const { want, questions, asked } = made();
  want({ first: { request: "a", of } });
  want({ first: { request: "a", of } });
  await questions[0].answer("there");
  want({ first: { request: "a", of } });
  expect(asked()).toEqual(["a"]);
  want({ first: { request: "b", of } });
  want({ first: { request: "b", of: {} } });
  expect(asked()).toEqual(["a", "b", "b"]);
});

test("parts are asked for in their order, and what is there stays there while it is not wanted", async () => {
  const { want, questions, asked } = made();
  want({ second: { request: "2", of }, first: { request: "1", of } });
  expect(asked()).toEqual(["1", "2"]);
  await questions[0].answer(null);
  want({});
  want({ first: { request: "1", of } });
  expect(asked()).toEqual(["1", "2"]);
});

test("of wants that take turns, only the newest is asked for when the one under way is over", async () => {
  const { want, questions, asked } = made();
  const turn = (request: string, name = "slider") => ({ first: { request, of, turn: name } });
  want(turn("a"));
  want(turn("b"));
  want(turn("c"));
  expect(asked()).toEqual(["a"]);
  await questions[0].answer("there");
  expect(asked()).toEqual(["a", "c"]);
  // Another turn does not wait.
  want(turn("d", "other"));
  expect(asked()).toEqual(["a", "c", "d"]);
});

test("what rests is asked for once it has been wanted long enough", async () => {
  const { want, asked } = made();
  const rests = (request: string) => ({ first: { request, of, restMs: 100 } });
  want(rests("a"));
  await vi.advanceTimersByTimeAsync(60);
  want(rests("b"));
  await vi.advanceTimersByTimeAsync(60);
  want(rests("b"));
  expect(asked()).toEqual([]);
  await vi.advanceTimersByTimeAsync(40);
  expect(asked()).toEqual(["b"]);
  // Moved away and back before it was time.
  want(rests("c"));
  want(rests("b"));
  await vi.advanceTimersByTimeAsync(200);
  expect(asked()).toEqual(["b"]);
});

test("a failure is told once; the part is asked for again when it is tried again, wanted otherwise, or wanted anew", async () => {
  const { want, questions, failures, reconciler, asked } = made();
  const a = { first: { request: "a", of } };
  want(a);
  await questions[0].fail(new Error("no"));
  want(a);
  expect([asked(), failures]).toEqual([["a"], [new Error("no")]]);
  reconciler.retry();
  expect(asked()).toEqual(["a", "a"]);
  await questions[1].fail(new Error("no"));
  want({});
  want(a);
  expect(asked()).toEqual(["a", "a", "a"]);
  await questions[2].answer("there");
  reconciler.retry();
  expect(asked()).toHaveLength(3);
  reconciler.lose("first");
  reconciler.run();
  expect(asked()).toHaveLength(3);
  reconciler.retry();
  expect(asked()).toHaveLength(4);
});

test("what is lost by its request is asked for again, whether it was there or under way, and nothing else", async () => {
  const { want, questions, asked } = made();
  want({ first: { request: "a", of }, second: { request: "b", of } });
  await questions[0].answer("there");
  loseWhere((request) => request === "a");
  retryFailed();
  expect(asked()).toEqual(["a", "b", "a"]);
  loseWhere((request) => request === "a");
  retryFailed();
  expect(asked()).toEqual(["a", "b", "a", "a"]);
  // The answer that came too late makes nothing of the one that is under way.
  await questions[2].answer("there");
  await questions[3].answer("there");
  retryFailed();
  expect(asked()).toHaveLength(4);
});

test("what another request replaced is asked for again with the next change, and not before", async () => {
  const { want, questions, asked } = made();
  want({ first: { request: "a", of } });
  want({ first: { request: "b", of } });
  await questions[0].answer(undefined);
  expect(asked()).toEqual(["a", "b"]);
  await questions[1].answer(undefined);
  expect(asked()).toEqual(["a", "b"]);
  want({ first: { request: "b", of } });
  expect(asked()).toEqual(["a", "b", "b"]);
});

test("an order that is carried out is not kept: it may hold a whole checkpoint", async () => {
  const order = { bytes: new Uint8Array(8) };
  const state: { wanted: Wants<{ make: object }> } = { wanted: { make: { request: order, of: order } } };
  let answer: (reply: string) => void = () => {};
  const asks = vi.fn(() => new Promise((resolve) => (answer = resolve)));
  const reconciler = new Reconciler<{ make: object }>(
    () => state.wanted,
    { make: asks },
    () => {},
  );
  const kept = () => {
    const requests: unknown[] = [];
    reconciler.loseWhere((request) => requests.push(request) < 0);
    return requests;
  };
  reconciler.run();
  expect(kept()).toEqual([order]);
  answer("made");
  await vi.advanceTimersByTimeAsync(0);
  // Carried out, and still wanted for as long as nobody has taken the order back.
  expect([kept(), asks.mock.calls.length]).toEqual([[order], 1]);
  state.wanted = {};
  reconciler.run();
  expect(kept()).toEqual([]);
});

test("a request mentions what a text of it begins with, at any depth; its bytes are not looked into", () => {
  const sides = [{ encoder: "raw" }, { encoder: "features:ab:1" }];
  const request = { type: "compare", sides, trained: { bytes: untold() } };
  expect(mentions(request, "features:ab:")).toBe(true);
  expect(mentions(request, "features:cd:")).toBe(false);
  expect(mentions("features:ab:1", "features:ab:")).toBe(true);
});
