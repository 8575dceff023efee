import type { AddressInfo } from "node:net";
import type { Plugin } from "vite";
import type { TestProject } from "vitest/node";
import { builtApp } from "../../scripts/lib/built_app.mjs";
import { serveApp } from "../../scripts/lib/page.mjs";

declare module "vitest" {
  export interface ProvidedContext {
    /** Address of the built app, with a slash at its end. */
    baseUrl: string;
    /** Its folder, likewise. */
    buildFolder: string;
  }
}

/** Vite compresses a file each time it is asked for. On one machine that takes longer than to send it as it is. */
const uncompressed: Plugin = {
  name: "uncompressed",
  configurePreviewServer({ middlewares }) {
    middlewares.use((request, _, next) => {
      delete request.headers["accept-encoding"];
      next();
    });
  },
};

/** Builds the app where its sources have changed, and serves it for the end-to-end tests. */
export default async function setup(project: TestProject) {
  const folder = await builtApp();
  const server = await serveApp({ port: 0, host: "127.0.0.1" }, folder, [uncompressed]);
  const { port } = server.httpServer.address() as AddressInfo;
  project.provide("baseUrl", `http://127.0.0.1:${port}/`);
  project.provide("buildFolder", folder);
  return () => new Promise<void>((resolve) => server.httpServer.close(() => resolve()));
}
