import { expect, test, vi } from "vitest";
import type { Request, RequestType } from "../../src/worker/protocol.ts";
import { type Job, RequestQueue } from "../../src/worker/queue.ts";
import { REQUESTS } from "../../src/worker/requests.ts";

/** A queue whose jobs end when the test says so. */
function setUp() {
  const log: string[] = [];
  const running: { job: Job; end: () => void }[] = [];
  const queue = new RequestQueue({
    policies: REQUESTS,
    perform: (job) =>
      new Promise((resolve) => {
        log.push(`start ${job.message.id}`);
        running.push({ job, end: resolve });
      }),
    superseded: ({ id }) => log.push(`superseded ${id}`),
  });
  const push = (id: number, type: RequestType) => queue.push({ id, request: { type } as Request });
  /** Ends the running job and lets the next one start. */
  const end = async () => {
    running.shift()?.end();
    // One task for what was sent meanwhile, one for the job.
    for (let task = 0; task < 2; task++) await new Promise((resolve) => setTimeout(resolve));
  };
  return { queue, log, running, push, end };
}

test("one at a time, in order", async () => {
  const { log, push, end } = setUp();
  push(1, "query");
  push(2, "mask");
  expect(log).toEqual(["start 1"]);
  await end();
  expect(log).toEqual(["start 1", "start 2"]);
});

const COMPARES = ["compare", "compare-query", "compare-losses", "compare-sweep"] as const;

test.each(["query", "mask", "agreement", "encode", "open", ...COMPARES] as const)(
  "%s: only the newest waits",
  async (type) => {
    const { log, push, end } = setUp();
    push(1, "boot");
    push(2, type);
    push(3, "memory");
    push(4, type);
    expect(log).toEqual(["start 1", "superseded 2"]);
    await end();
    await end();
    expect(log.slice(2)).toEqual(["start 3", "start 4"]);
  },
);

test.each([
  ["encode", "encode", true],
  ["open", "encode", true],
  ["open", "open", true],
  ["encode", "open", false],
  ["query", "query", false],
  ["encode", "agreement", true],
  ["compare", "compare", true],
  ["compare", "compare-losses", true],
  ["compare", "compare-sweep", true],
  ["open", "compare", true],
  ["open", "compare-losses", true],
  ["open", "compare-sweep", true],
  ["compare-losses", "compare-losses", true],
  ["compare-sweep", "compare-sweep", true],
  ["compare-losses", "compare-sweep", false],
  ["compare-query", "compare-losses", false],
  ["encode", "compare", false],
  ["generate", "generate", true],
  ["generate-stop", "generate", true],
  ["bench-stop", "bench", true],
  ["student-measure-stop", "student-measure", true],
  ["student-stop", "student-measure", false],
  ["judge", "generate", true],
  ["encode", "generate", false],
] as const)("a new %s stops a running %s: %s", (newer, older, stopped) => {
  const { running, push } = setUp();
  push(1, older);
  push(2, newer);
  expect(running[0].job.signal.aborted).toBe(stopped);
});

test.each([
  ["student-stop", "student-step", 1, true],
  ["student-stop", "student-step", 2, false],
  ["student-stop", "student-plausible", 1, true],
  ["student-stop", "student-plausible", 2, false],
  ["student-plausible-stop", "student-plausible", 1, true],
  ["student-plausible-stop", "student-plausible", 2, false],
] as const)("a %s of run 1 breaks off a %s of run %i: %s", (newer, older, run, stopped) => {
  const { queue, running } = setUp();
  queue.push({ id: 1, request: { type: older, run } as Request });
  queue.push({ id: 2, request: { type: newer, run: 1 } });
  expect(running[0].job.signal.aborted).toBe(stopped);
});

test.each([
  ["student-stop", "student-plausible"],
  ["student-plausible-stop", "student-plausible"],
  ["student-correspond", "student-correspond"],
] as const)("a %s makes the %s pointless that waits for the same run, and leaves another run's", (newer, older) => {
  const { queue, log, push } = setUp();
  push(1, "boot");
  for (const run of [1, 2]) queue.push({ id: 1 + run, request: { type: older, run } as Request });
  queue.push({ id: 4, request: { type: newer, run: 1 } as Request });
  expect(log).toEqual(["start 1", "superseded 2"]);
});

test("thumbnails and warming wait until nothing else does; urgent work goes first", async () => {
  const { queue, log, push, end } = setUp();
  push(1, "open");
  push(2, "thumbnails");
  push(3, "warm");
  push(4, "encode");
  queue.pushUrgent(async () => {
    log.push("urgent");
  });
  for (let i = 0; i < 4; i++) await end();
  expect(log).toEqual(["start 1", "urgent", "start 4", "start 2", "start 3"]);
});

test("a long job lets a query in between its stages, and nothing else", async () => {
  const { log, running, push, end } = setUp();
  push(1, "agreement");
  push(2, "thumbnails");
  push(3, "query");
  push(4, "query");
  const { job } = running.shift()!;
  const resumed = job.pause().then(() => log.push("resumed"));
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(log).toEqual(["start 1", "superseded 3", "start 4"]);
  await end();
  await resumed;
  expect(log.at(-1)).toBe("resumed");
  push(5, "encode");
  await expect(job.pause()).rejects.toThrow();
});

test("a new compare makes what waits for the one before pointless", () => {
  const { log, push } = setUp();
  push(1, "boot");
  COMPARES.forEach((type, i) => {
    push(2 + i, type);
  });
  push(6, "compare");
  expect(log).toEqual(["start 1", "superseded 2", "superseded 3", "superseded 4", "superseded 5"]);
});

test("a query of the pair to come waits for its compare; in the pauses of losses it goes first", async () => {
  const { log, running, push, end } = setUp();
  push(1, "compare");
  push(2, "compare-query");
  push(3, "compare-losses");
  await running[0].job.pause();
  expect(log).toEqual(["start 1"]);
  await end();
  await end();
  expect(log).toEqual(["start 1", "start 2", "start 3"]);
  push(4, "compare-query");
  const { job } = running.shift()!;
  const resumed = job.pause();
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(log.at(-1)).toBe("start 4");
  await end();
  await resumed;
});

test("a sweep waits for everything else and gives way to it; what runs meanwhile can be stopped", async () => {
  const { log, running, push, end } = setUp();
  push(1, "boot");
  push(2, "compare-sweep");
  push(3, "compare-losses");
  await end();
  expect(log.at(-1)).toBe("start 3");
  await end();
  expect(log.at(-1)).toBe("start 2");
  const [sweep] = running;
  push(4, "encode");
  push(5, "thumbnails");
  const resumed = sweep.job.giveWay().then(() => log.push("resumed"));
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(log.at(-1)).toBe("start 4");
  const encode = running.splice(1, 1)[0];
  push(6, "encode");
  expect([encode.job.signal.aborted, sweep.job.signal.aborted]).toEqual([true, false]);
  for (let next: typeof encode | undefined = encode; next; next = running.splice(1, 1)[0]) {
    next.end();
    await new Promise((resolve) => setTimeout(resolve));
  }
  await resumed;
  expect(log.slice(-4)).toEqual(["start 4", "start 5", "start 6", "resumed"]);
  push(7, "compare");
  await expect(sweep.job.giveWay()).rejects.toThrow();
});

test("what nobody waits for lets go first what was sent while the job before it ran", async () => {
  const { log, push, end } = setUp();
  push(1, "sandbox-poster");
  push(2, "sandbox-poster");
  // A message that was posted during the job arrives as a task after it.
  setTimeout(() => push(3, "encode"));
  await end();
  expect(log).toEqual(["start 1", "start 3"]);
  await end();
  expect(log).toEqual(["start 1", "start 3", "start 2"]);
});

/** Work for the background that pauses until the test lets it go on. */
function setUpBackground() {
  const log: string[] = [];
  let goOn: () => Promise<void> = async () => {};
  const queue = new RequestQueue({
    policies: REQUESTS,
    perform: async ({ message: { id } }) => void log.push(`job ${id}`),
    superseded: () => {},
    background: async (pause) => {
      await new Promise<void>((resolve) => {
        goOn = async () => resolve();
      });
      await pause();
      log.push("went on");
      return false;
    },
  });
  return { queue, log, goOn: () => goOn() };
}

test("what is urgent waits for the end of what is under way, whose pauses let nothing in before it", async () => {
  const { queue, log, goOn } = setUpBackground();
  queue.wake();
  queue.push({ id: 1, request: { type: "query" } as Request });
  queue.pushUrgent(async () => {
    log.push("urgent");
  });
  await goOn();
  await vi.waitFor(() => expect(log).toEqual(["went on", "urgent", "job 1"]));
});

test("a job that is to be done again waits, the first of all, for what is urgent; what stops it then makes it pointless", async () => {
  const { queue, log, running, push, end } = setUp();
  push(1, "agreement");
  push(2, "query");
  const [agreement] = running;
  const paused = agreement.job.pause().then(() => log.push("went on"));
  await vi.waitFor(() => expect(log).toEqual(["start 1", "start 2"]));
  queue.pushUrgent(async () => {
    log.push("urgent");
  });
  // The query runs in the agreement's pause: there it is not done again.
  const [query] = running.splice(1, 1);
  query.job.again();
  query.end();
  await paused;
  expect(log.slice(2)).toEqual(["went on"]);
  push(3, "memory");
  agreement.job.again();
  await end();
  expect(log.slice(3)).toEqual(["urgent", "start 1"]);
  running[0].job.again();
  push(4, "truth");
  expect(log.at(-1)).toBe("superseded 1");
  // What has not begun is not stopped.
  push(5, "agreement");
  push(6, "truth");
  for (let i = 0; i < 5; i++) await end();
  expect(log.slice(-6)).toEqual(["superseded 1", "start 2", "start 3", "start 4", "start 5", "start 6"]);
});

test("where a job gives way all may change: what is urgent is done there", async () => {
  const { queue, log, running, push, end } = setUp();
  push(1, "compare-sweep");
  push(2, "query");
  queue.pushUrgent(async () => {
    log.push("urgent");
  });
  const resumed = running[0].job.giveWay().then(() => log.push("resumed"));
  await vi.waitFor(() => expect(log).toEqual(["start 1", "urgent", "start 2"]));
  running.splice(1, 1)[0].end();
  await resumed;
  await end();
  expect(log.slice(3)).toEqual(["resumed"]);
});

test("whatever a job, urgent work or the background throws, what waits goes on", async () => {
  const told = vi.spyOn(console, "error").mockImplementation(() => {});
  const log: string[] = [];
  const queue = new RequestQueue({
    policies: REQUESTS,
    async perform({ message: { id, request }, pause }) {
      log.push(`start ${id}`);
      if (request.type === "agreement") await pause();
      if (request.type === "query") throw new RangeError("a report of 100 MB");
      log.push(`end ${id}`);
    },
    superseded: () => {},
    background: () => Promise.reject(new Error("background")),
  });
  queue.push({ id: 1, request: { type: "agreement" } as Request });
  queue.push({ id: 2, request: { type: "query" } as Request });
  queue.push({ id: 3, request: { type: "memory" } as Request });
  queue.wake();
  await vi.waitFor(() => expect(log).toEqual(["start 1", "start 2", "start 3", "end 3", "end 1"]));
  queue.pushUrgent(() => Promise.reject(new Error("urgent")));
  await vi.waitFor(() => expect(told).toHaveBeenCalledTimes(3));
  queue.push({ id: 4, request: { type: "memory" } as Request });
  await vi.waitFor(() => expect(log.at(-1)).toBe("end 4"));
  told.mockRestore();
});
