// npm start: installs what is missing, builds, serves the app with cross-origin isolation and prints its address.
import { createServer } from "node:net";
import { command, fail, wholeOfEnv } from "./lib/command.mjs";

const USUAL = 4173;

const USAGE = `usage: npm start

  Serves the app on this machine and prints its address. PORT=8080 npm start takes another port than ${USUAL}.`;

/** Why nothing can listen on a port, as the system's code; null where something can. */
const hindranceOf = (port) =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", ({ code }) => resolve(code));
    probe.listen(port, "localhost", () => probe.close(() => resolve(null)));
  });

await command({ name: "start", usage: USAGE, stops: false }, async () => {
  const asked = Boolean(process.env.PORT);
  const port = wholeOfEnv("PORT", USUAL, 0, 65_535);
  const hindrance = asked ? await hindranceOf(port) : null;
  if (hindrance === "EADDRINUSE")
    fail(`PORT=${port} is taken by another program: end that one, or choose another port`);
  if (hindrance) fail(`PORT=${port} cannot be listened on (${hindrance}): choose another port, from 1024 on`);
  const { serveApp } = await import("./lib/page.mjs");
  const server = await serveApp({ port, strictPort: asked });
  const [url] = server.resolvedUrls.local;
  console.log(`Tempered is ready. Open this address in Chrome:\n\n  ${url}\n\nCtrl+C stops it.`);
  if (!asked && Number(new URL(url).port) !== port)
    console.error(
      `Port ${port} is taken by another program. Runs and models that the browser keeps belong to one address: those of http://localhost:${port}/ are not seen here`,
    );
});
