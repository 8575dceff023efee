import type { Failure, Replies, Request, RequestType, WorkerEvent } from "../worker/protocol.ts";
import { type ComputeClient, ComputeFailure, startCompute } from "./client.ts";
import { setSession } from "./session.ts";

/** The page's one worker, shared by the views. */
let client: ComputeClient | undefined;
const listeners = new Set<(event: WorkerEvent) => void>();

/** Starts the worker and has it find its adapter. Called once, when the page loads, before anything is asked for. */
export async function bootCompute(): Promise<void> {
  client = startCompute((event) => {
    for (const listener of listeners) listener(event);
  });
  const compute = await request({ type: "boot", backend: "auto" });
  if (compute) setSession({ compute });
}

/** Tells a view of every event of the worker; the view ignores those that are not its own. */
export function onComputeEvent(listener: (event: WorkerEvent) => void): void {
  listeners.add(listener);
}

type Ask = <T extends RequestType>(message: Extract<Request, { type: T }>) => Promise<Replies[T] | undefined>;

/**
 * A way to ask whose failures are told to `failed`.
 * @returns of each request the reply; undefined when a newer request replaced it, or when it failed
 */
export const askTelling =
  (failed: (failure: Failure) => void): Ask =>
  async (message) => {
    try {
      return await tryRequest(message);
    } catch (error) {
      if (!(error instanceof ComputeFailure)) throw error;
      failed(error.failure);
      return undefined;
    }
  };

/** A request on behalf of a view: when it fails, the failure panel shows why. */
export const request = askTelling((failure) => setSession({ failure, progress: null }));

/**
 * A request whose failure is the caller's to show or to ignore.
 * @returns the reply; undefined when a newer request replaced this one
 * @throws ComputeFailure
 */
export async function tryRequest<T extends RequestType>(
  message: Extract<Request, { type: T }>,
): Promise<Replies[T] | undefined> {
  if (!client) throw new Error("a request before the worker was started: call bootCompute first");
  return client.request(message);
}
