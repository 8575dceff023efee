import { existsSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { build, preview } from "vite";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  export interface ProvidedContext {
    /** Address of the built app, with a slash at its end. */
    baseUrl: string;
  }
}

/** Serves the built app for the end-to-end tests; `npm test` has just built it, a run by hand may have to. */
export default async function setup(project: TestProject) {
  if (!existsSync("dist/index.html")) await build({ logLevel: "error" });
  const server = await preview({ logLevel: "error", preview: { port: 0, host: "127.0.0.1" } });
  const { port } = server.httpServer.address() as AddressInfo;
  project.provide("baseUrl", `http://127.0.0.1:${port}/`);
  return () => new Promise<void>((resolve) => server.httpServer.close(() => resolve()));
}
