import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { chunks } from "./scripts/lib/chunks.mjs";
import { kernels } from "./scripts/lib/kernels.mjs";

/** Cross-origin isolation: what onnxruntime-web's wasm threads need. Without these headers the app runs on one thread. */
export const isolationHeaders = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/**
 * The page may talk to its own origin and to nothing else. `wasm-unsafe-eval` lets onnxruntime compile its wasm;
 * `blob:` is where a person's own clip and the exported files live.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self' blob:",
  "connect-src 'self' blob:",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "style-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** In the build only: the dev server injects inline scripts for hot reloading, which this policy forbids. */
function strictCsp(): Plugin {
  return {
    name: "strict-csp",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler: () => [
        {
          tag: "meta",
          attrs: { "http-equiv": "Content-Security-Policy", content: contentSecurityPolicy },
          injectTo: "head-prepend",
        },
      ],
    },
  };
}

const page = (name: string) => fileURLToPath(new URL(name, import.meta.url));

export default defineConfig({
  base: "./",
  plugins: [kernels(), react(), strictCsp()],
  worker: { format: "es", plugins: () => [kernels()], rollupOptions: { output: chunks } },
  server: { headers: isolationHeaders },
  preview: { headers: isolationHeaders },
  optimizeDeps: { exclude: ["onnxruntime-web"] },
  build: {
    target: "chrome120",
    license: { fileName: "licences.md" },
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    rollupOptions: { input: { app: page("index.html"), headless: page("headless.html") }, output: chunks },
  },
});
