// npm start: installs what is missing, builds, serves the app with cross-origin isolation and prints its address.
import { ensureInstalled } from "./lib/run.mjs";

ensureInstalled();
const { build, preview } = await import("vite");
await build({ logLevel: "warn" });
const server = await preview({ preview: { port: Number(process.env.PORT ?? 4173) } });
console.log("\n  Tempered is ready. Open this address in Chrome:\n");
server.printUrls();
console.log("\n  Ctrl+C stops it. `npm run dev` serves the sources with hot reloading.");
