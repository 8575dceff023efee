/**
 * The worker's shell: everything happens in `core.ts`. That is loaded on its own, because the bundler puts helpers that
 * onnxruntime's chunk needs next to it, and each of onnxruntime's threads loads that chunk: what a thread loads must define
 * things and do nothing, and this file does something.
 */
import type { ToWorker } from "./protocol.ts";

const scope = self as unknown as DedicatedWorkerGlobalScope;
const core = import("./core.ts").then(({ createWorkerCore }) =>
  createWorkerCore({ post: (message, transfer) => scope.postMessage(message, transfer) }),
);
// A core that does not load must reach the page as this worker's error, or every request would wait for ever.
core.catch((error: unknown) => reportError(error));
scope.onmessage = ({ data }: MessageEvent<ToWorker>) => void core.then(({ receive }) => receive(data));
