// Bench: its failure is its own, and a run is ended once.
import { beforeEach, expect, test, vi } from "vitest";
import { answers, emit, typesAsked } from "../../support/fake_page.ts";

vi.mock("../../../src/state/compute.ts", async () => (await import("../../support/fake_page.ts")).compute);

const { runBench, startBench, stopBench, useBench } = await import("../../../src/state/bench/bench.ts");
const { useSession } = await import("../../../src/state/session.ts");

startBench();
beforeEach(() => useBench.setState(useBench.getInitialState()));

test("what fails is said by Bench itself, leaves the clip alone, and is gone with the next run", async () => {
  answers.set("bench", () => Promise.reject(new Error("no more memory")));
  const before = useBench.getState().result;
  await runBench(true);
  expect(useBench.getState()).toMatchObject({ running: null, failure: { message: "no more memory" }, result: before });
  expect(useSession.getState().failure).toBeNull();
  answers.set("bench", () => ({ peak: {} }));
  const next = runBench(false);
  expect(useBench.getState().failure).toBeNull();
  await next;
  expect(useBench.getState()).toMatchObject({ running: null, failure: null, result: { peak: {} }, noGpu: false });
});

test("a run is stopped once, and says so until the next one", async () => {
  let end: (reply: unknown) => void = () => {};
  const reply = new Promise((resolve) => {
    end = resolve;
  });
  answers.set("bench", () => reply);
  const run = runBench(false);
  emit({ type: "bench-progress", what: "mtsa stored", share: 0.3 });
  stopBench();
  stopBench();
  expect(typesAsked().filter((type) => type === "bench-stop")).toHaveLength(1);
  // The part that was begun is told late.
  emit({ type: "bench-progress", what: "trd stored", share: 0.4 });
  expect(useBench.getState()).toMatchObject({ stopped: true, running: { what: "trd stored" } });
  end(undefined);
  await run;
  expect(useBench.getState()).toMatchObject({ running: null, stopped: true, result: null, noGpu: false });
  stopBench();
  answers.set("bench", () => ({ peak: {} }));
  await runBench(true);
  expect(useBench.getState()).toMatchObject({ stopped: false, result: { peak: {} } });
});

test("a run that was over before the stop came was not stopped; without a GPU there is none", async () => {
  answers.set("bench", () => {
    stopBench();
    return { peak: {} };
  });
  await runBench(true);
  expect(useBench.getState()).toMatchObject({ stopped: false, result: { peak: {} } });
  answers.set("bench", () => null);
  await runBench(true);
  expect(useBench.getState()).toMatchObject({ running: null, noGpu: true, failure: null });
});
