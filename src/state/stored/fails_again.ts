import type { Failure } from "../../worker/protocol.ts";

/** How src/train/session.ts ends what it says of a step whose numbers are none. */
const OF_NUMBERS = "start again with a smaller learning rate";

/** Whether a run failed by its numbers: from its checkpoint it would take the same steps, and fail again. */
export const failsAgain = (failure: Failure | null | undefined): boolean =>
  failure?.message.endsWith(OF_NUMBERS) ?? false;
