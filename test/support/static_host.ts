import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import { inject } from "vitest";

const TYPES: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
  ".json": "application/json",
  ".mp4": "video/mp4",
  ".svg": "image/svg+xml",
};

export interface StaticHost {
  /** Address of the build, with a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** Files that the host does not have, from now on. */
  lacks: RegExp | null;
  close(): Promise<void>;
}

/**
 * A plain host for the build, below a path and without isolation headers, as most static hosts are.
 * @param fallback whether it answers with the start page and 200 for whatever it lacks, as hosts of single-page apps do
 */
export async function staticHost({ fallback = false } = {}): Promise<StaticHost> {
  const build = inject("buildFolder");
  const host: { lacks: RegExp | null } = { lacks: null };
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname.replace(/^\/papers\/tempered\//, "");
    const there = !host.lacks?.test(path);
    const body = there ? await readFile(build + path).catch(() => null) : null;
    if (body) {
      response.writeHead(200, { "Content-Type": TYPES[extname(path)] ?? "application/octet-stream" }).end(body);
    } else if (fallback) {
      response.writeHead(200, { "Content-Type": "text/html" }).end(await readFile(`${build}index.html`));
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return Object.assign(host, { url: `http://127.0.0.1:${port}/papers/tempered/`, port, close });
}
