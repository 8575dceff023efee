// The app, built: one folder for each state of its sources, shared by every command that serves it.
import { spawn } from "node:child_process";
import { MachineError } from "./command.mjs";
import { root } from "./ready.mjs";
import { binOf } from "./run.mjs";
import { filesOf, sharedBuild } from "./shared_build.mjs";
import { stop } from "./stop.mjs";

const PLACES = [
  ...["index.html", "headless.html", "vite.config.ts"],
  ...["chunks.mjs", "kernels.mjs", "wgsl.mjs", "ready.mjs"].map((name) => `scripts/lib/${name}`),
  ...["tsconfig.json", "package-lock.json", "src", "shaders"],
];

/** Of models/ the page takes what is beside the cards; the Python that made them is there too. */
const OF_MODELS = /^models\/([^/]+\/)?[^/]+\.(onnx|json)$/;

/** Everything that the built app may hold, as paths below the root. test/node/shell checks that src/ imports nothing else. */
export const appSources = () => [
  ...filesOf([...PLACES, "public"]),
  ...filesOf(["models"], (path) => OF_MODELS.test(path)),
];

/** The folder of the built app, made where the sources have changed. It stays as it is while this process lives. */
export const builtApp = () => sharedBuild("app", appSources, build);

/**
 * A process of its own: Vite takes NODE_ENV from its surroundings, and what it prints must not come between results.
 * @param {string} folder
 */
function build(folder) {
  console.error("Building the page …");
  const args = [binOf("vite", "vite"), "build", "--outDir", folder, "--emptyOutDir", "--logLevel", "error"];
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ["ignore", 2, 2],
    env: { ...process.env, NODE_ENV: "production" },
    signal: stop,
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => {
      if (code === 0) resolve();
      else reject(new MachineError("the page could not be built: the reason stands above"));
    });
  });
}
