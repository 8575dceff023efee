// npm start: installs what is missing, builds, serves the app with cross-origin isolation and prints its address.
import { command } from "./lib/command.mjs";

const USAGE = `usage: npm start

  Serves the app on this machine and prints its address. PORT=8080 npm start takes another port than 4173.`;

await command({ name: "start", usage: USAGE, stops: false }, async () => {
  const { serveApp } = await import("./lib/page.mjs");
  const server = await serveApp({ port: Number(process.env.PORT ?? 4173) });
  console.log(
    `Tempered is ready. Open this address in Chrome:\n\n  ${server.resolvedUrls.local[0]}\n\nCtrl+C stops it.`,
  );
});
