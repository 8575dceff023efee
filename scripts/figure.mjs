// npm run figure -- VIDEO --query f,row,col [--query …] --tau 1,0.1,0.05 --frames 8 --token 16 --out fig.png --json out.json
// The page's own figure and numbers from the shell, through the built app in headless Chromium.
import { existsSync, statSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { ENCODER_CHOICES, encoderInput } from "./lib/encoder_input.mjs";
import { ensureInstalled } from "./lib/run.mjs";

ensureInstalled();
const { main, UsageError, withHeadlessPage } = await import("./lib/page.mjs");

const USAGE = `usage: npm run figure -- VIDEO --query f,row,col [--query …] [options]

  --query f,row,col   a token to follow: frame, row and column, from 0; may be given several times
  --tau 1,0.1,0.05    temperatures, beside raw similarity (default 1,0.5,0.1,0.05,0.02,0.01)
  --frames 8          how many frames, 4 to 32, evenly over the window (videomae: 16)
  --start 0           start of the window in seconds
  --length 2          its length in seconds (default: the whole clip, at most 10)
  --token 16          token size in pixels of the encoder's input, 8 or 16 (videomae: 8)
  --encoder xfeat     ${ENCODER_CHOICES}
  --scale shared-log  shared-log, shared-linear or per-row
  --out fig.png       the figure, as .png or .svg
  --rho 0.2           share of each frame's tokens that the motion mask keeps
  --json out.json     frames, grid, matches and motion mask
  --features f.safetensors   the encoder's features, F32 [F, H, W, C]`;

const OPTIONS = {
  query: { type: "string", multiple: true },
  tau: { type: "string", default: "1,0.5,0.1,0.05,0.02,0.01" },
  frames: { type: "string" },
  start: { type: "string", default: "0" },
  length: { type: "string" },
  token: { type: "string" },
  encoder: { type: "string", default: "xfeat" },
  scale: { type: "string", default: "shared-log" },
  rho: { type: "string", default: "0.2" },
  out: { type: "string" },
  json: { type: "string" },
  features: { type: "string" },
  help: { type: "boolean", default: false },
};

const fail = (message) => {
  throw new UsageError(message);
};

/** A number within [low, high], or a sentence with both values. */
function number(name, text, low, high) {
  const value = Number(text);
  if (text.trim() === "" || !(value >= low && value <= high)) {
    fail(`--${name} must be a number from ${low} to ${high}, got "${text}"`);
  }
  return value;
}

function oneOf(name, value, choices) {
  if (!choices.includes(value)) fail(`--${name} must be one of ${choices.join(", ")}, got "${value}"`);
  return value;
}

function parse(argv) {
  let parsed;
  try {
    parsed = parseArgs({ args: argv, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    fail(`${error.message.split(". ")[0]}; see npm run figure -- --help`);
  }
  const { values, positionals } = parsed;
  if (values.help) return { help: true };
  if (positionals.length !== 1) fail(`one video is needed, got ${positionals.length}; see npm run figure -- --help`);
  const [video] = positionals;
  if (!existsSync(video) || !statSync(video).isFile()) fail(`there is no file "${video}": give the path of a video`);
  if (!values.query) fail("at least one --query f,row,col is needed, got none");
  const queries = values.query.map((text) => {
    const parts = text.split(",").map(Number);
    if (parts.length !== 3 || !parts.every((n) => Number.isInteger(n) && n >= 0)) {
      fail(`--query must be three whole numbers from 0, as in 0,3,5, got "${text}"`);
    }
    return parts;
  });
  const taus = values.tau.split(",").map((text) => {
    const tau = Number(text);
    if (text.trim() === "" || !(tau > 0 && Number.isFinite(tau))) fail(`--tau must be numbers > 0, got "${text}"`);
    return tau;
  });
  if (values.out && !/\.(png|svg)$/i.test(values.out)) fail(`--out must end in .png or .svg, got "${values.out}"`);
  if (!values.out && !values.json && !values.features) fail("nothing to write: give --out, --json or --features");
  return {
    video,
    out: values.out,
    json: values.json,
    features: values.features,
    request: {
      encoder: values.encoder,
      ...encoderInput("encoder", values, { frames: 8, token: 16 }, fail),
      scale: oneOf("scale", values.scale, ["shared-log", "shared-linear", "per-row"]),
      startS: number("start", values.start, 0, 1e6),
      lengthS: values.length === undefined ? null : number("length", values.length, 0.01, 1e6),
      queries,
      taus,
      rho: number("rho", values.rho, 0.001, 1),
      files: [
        ...(values.out ? [values.out.toLowerCase().endsWith(".svg") ? "svg" : "png"] : []),
        ...(values.features ? ["features"] : []),
      ],
    },
  };
}

await main(async () => {
  const { help, video, out, json, features, request } = parse(process.argv.slice(2));
  if (help) {
    console.log(USAGE);
    return 0;
  }
  const reply = await withHeadlessPage(async (page) => {
    await page.setInputFiles("input[type=file]", video);
    return page.evaluate((sent) => window.tempered.figure(sent), request);
  });
  if (!reply.ok && reply.code === "internal") throw new Error(reply.message);
  if (!reply.ok) fail(reply.message);
  for (const notice of reply.notices) console.error(notice);
  const save = (path, kind) => path && writeFileSync(path, Buffer.from(reply.files[kind], "base64"));
  save(out, out?.toLowerCase().endsWith(".svg") ? "svg" : "png");
  save(features, "features");
  if (json) writeFileSync(json, `${JSON.stringify(reply.json, null, 1)}\n`);
  return 0;
});
