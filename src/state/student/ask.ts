import type { Replies, Request, RequestType } from "../../worker/protocol.ts";
import { ComputeFailure } from "../client.ts";
import { tryRequest } from "../compute.ts";
import { setStudents } from "./store.ts";

/** A request whose failure is a sentence above the figure. */
export async function ask<T extends RequestType>(
  message: Extract<Request, { type: T }>,
): Promise<Replies[T] | undefined> {
  try {
    return await tryRequest(message);
  } catch (error) {
    if (!(error instanceof ComputeFailure)) throw error;
    setStudents({ notice: error.failure.message });
    return undefined;
  }
}
