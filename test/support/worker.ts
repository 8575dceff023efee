import { type ComputeClient, ComputeFailure, startCompute } from "../../src/state/client.ts";
import type { Replies, Request, RequestType, WorkerEvent } from "../../src/worker/protocol.ts";

export interface RunningWorker {
  request<T extends RequestType>(request: Extract<Request, { type: T }>): Promise<Replies[T] | undefined>;
  /** The next event of a type, and of a run where one is given, that no call has had yet; past ones count. */
  event<T extends WorkerEvent["type"]>(type: T, run?: number): Promise<Extract<WorkerEvent, { type: T }>>;
  stop(): void;
}

/** The app's own worker behind the app's own client. */
export function startWorker(): RunningWorker {
  const events: WorkerEvent[] = [];
  let wake = () => {};
  const isOf = (event: WorkerEvent, run: number) => "run" in event && event.run === run;
  const client: ComputeClient = startCompute((event) => {
    events.push(event);
    wake();
  });
  return {
    request: (request) => client.request(request),
    async event(type, run) {
      for (;;) {
        const at = events.findIndex((event) => event.type === type && (run === undefined || isOf(event, run)));
        if (at >= 0) return events.splice(at, 1)[0] as never;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    stop: () => client.terminate(),
  };
}

/** A reply that no newer request may have taken the place of. */
export async function ask<T>(request: Promise<T | undefined>): Promise<T> {
  const reply = await request;
  if (reply === undefined) throw new Error("superseded");
  return reply;
}

/** The failure of a request that must fail. */
export async function failureOf(request: Promise<unknown>) {
  const error = await request.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ComputeFailure)) throw new Error(`expected a failure, got ${error}`);
  return error.failure;
}
