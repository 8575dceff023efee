/**
 * What the page's stores need to run in Node: a worker whose answers a test gives, and the parts of a browser that they ask. A test
 * puts it in the place of the page's own worker before it imports a store:
 * `vi.mock("../../../src/state/compute.ts", async () => (await import("../../support/fake_page.ts")).compute);`
 */
import { vi } from "vitest";
import type { Encoded, Failure, Request, WorkerEvent } from "../../src/worker/protocol.ts";

type Answer = (request: never) => unknown;

/** What was asked, oldest first, and how it is answered by type; what no answer is given for is answered by null. */
export const asked: Request[] = [];
export const answers = new Map<Request["type"], Answer>();
const listeners = new Set<(event: WorkerEvent) => void>();

export const emit = (event: unknown): void => {
  for (const listener of listeners) listener(event as WorkerEvent);
};
export const typesAsked = (): string[] => asked.map(({ type }) => type);

async function tryRequest(request: Request): Promise<unknown> {
  asked.push(request);
  const answer = answers.get(request.type);
  return answer ? answer(request as never) : null;
}

const askTelling = (failed: (failure: Failure) => void) => (request: Request) =>
  tryRequest(request).catch((error: Error) => {
    failed({ code: "bad-request", message: error.message, report: "" });
    return undefined;
  });

export const compute = {
  onComputeEvent: (listener: (event: WorkerEvent) => void) => listeners.add(listener),
  tryRequest,
  askTelling,
  request: askTelling(() => {}),
};

/** XFeat's look at a clip, with what a test needs to know of it. */
export const encodedWith = (of: object): Encoded =>
  ({ encoder: "xfeat", token: 16, images: [], frames: [], ...of }) as unknown as Encoded;

/** As a checkpoint's, of which a browser makes no text: it freezes, or the text is too long. */
export const untold = (): Uint8Array =>
  Object.assign(new Uint8Array(8), {
    toJSON: () => {
      throw new RangeError("Invalid string length");
    },
  });

/** One name for all: the page has one lock. */
class Locks {
  #held = false;

  async request(_: string, __: object, use: (lock: object | null) => unknown): Promise<unknown> {
    if (this.#held) return use(null);
    this.#held = true;
    try {
      return await use({});
    } finally {
      this.#held = false;
    }
  }

  query = async () => ({ held: this.#held ? [{ name: "tempered-train" }] : [] });
}

/** A browser that stores nothing, whose page is in sight. */
export function stubBrowser(): void {
  const blocked = () => Promise.reject(new DOMException("blocked", "SecurityError"));
  const storage = { getDirectory: blocked, persisted: blocked, persist: blocked };
  vi.stubGlobal("navigator", { userAgent: "a browser", locks: new Locks(), storage });
  vi.stubGlobal("document", { visibilityState: "visible", addEventListener: () => {}, baseURI: "https://page/" });
}

/** Whether another tab could train now. */
export const othersMayTrain = (): Promise<boolean> =>
  new Promise((answer) => {
    void navigator.locks.request("tempered-train", { ifAvailable: true }, (lock) => answer(lock !== null));
  });
