/** The worker's shell: everything happens in `core.ts`. */
import { createWorkerCore } from "./core.ts";
import type { ToWorker } from "./protocol.ts";

const scope = self as unknown as DedicatedWorkerGlobalScope;
const core = createWorkerCore({ post: (message, transfer) => scope.postMessage(message, transfer) });
scope.onmessage = ({ data }: MessageEvent<ToWorker>) => core.receive(data);
