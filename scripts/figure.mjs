// npm run figure -- VIDEO --query f,row,col [--query …] --tau 1,0.1,0.05 --frames 8 --token 16 --out fig.png --json out.json
// The page's own figure and numbers from the shell, through the built app in headless Chromium.
import { command, fail, inputFile, number, oneOf, whole, wholes } from "./lib/command.mjs";
import { encoderInput, encoderInputs, encoderWords } from "./lib/encoder_input.mjs";
import { figureRequest, USUAL } from "./lib/figure_request.mjs";
import { checkOutputs, writeWhole } from "./lib/output.mjs";
import { answered } from "./lib/reply.mjs";

async function usage() {
  const encoders = encoderWords(await encoderInputs());
  return `usage: npm run figure -- VIDEO --query f,row,col [--query …] [options]

  --query f,row,col   a token to follow: frame, row and column, from 0; may be given several times
  --tau 1,0.1,0.05    temperatures, beside raw similarity (default 1,0.5,0.1,0.05,0.02,0.01)
  --frames 8          how many frames, 4 to 32, evenly in time over the window${encoders.frames}
  --start 0           start of the window in seconds
  --length 2          its length in seconds (default: up to the clip's end, at most 10)
  --stride 3          every 3rd frame of the file from --start on, instead of frames spread over --length
  --token 16          token size in pixels of the encoder's input, 8 or 16${encoders.token}
  --encoder xfeat     ${encoders.names}
  --scale shared-log  shared-log, shared-linear or per-row
  --out fig.png       the figure, as .png or .svg
  --rho 0.2           share of each frame's tokens that the motion mask keeps
  --json out.json     frames (index as ffmpeg counts, time in s), grid, matches and motion mask
  --features f.safetensors   the encoder's features, F32 [F, H, W, C]`;
}

const OPTIONS = {
  query: { type: "string", multiple: true },
  tau: { type: "string", default: "1,0.5,0.1,0.05,0.02,0.01" },
  frames: { type: "string" },
  start: { type: "string", default: String(USUAL.startS) },
  length: { type: "string" },
  stride: { type: "string" },
  token: { type: "string" },
  encoder: { type: "string", default: "xfeat" },
  scale: { type: "string", default: USUAL.scale },
  rho: { type: "string", default: String(USUAL.rho) },
  out: { type: "string" },
  json: { type: "string" },
  features: { type: "string" },
};

function requestOf(values, positionals, encoders) {
  if (positionals.length !== 1) fail(`one video is needed, got ${positionals.length}; see npm run figure -- --help`);
  const [video] = positionals;
  inputFile(video, "a video");
  if (!values.query) fail("at least one --query f,row,col is needed, got none");
  const queries = values.query.map((text) => wholes("query", text, 3, "0,3,5"));
  const taus = values.tau.split(",").map((text) => {
    const tau = Number(text);
    if (text.trim() === "" || !(tau > 0 && Number.isFinite(tau))) fail(`--tau must be numbers > 0, got "${text}"`);
    return tau;
  });
  if (values.out && !/\.(png|svg)$/i.test(values.out)) fail(`--out must end in .png or .svg, got "${values.out}"`);
  if (!values.out && !values.json && !values.features) fail("nothing to write: give --out, --json or --features");
  if (values.stride !== undefined && values.length !== undefined)
    fail(`--stride ${values.stride} and --length ${values.length} both say how long the window is: give one of them`);
  const { out, json, features } = values;
  const input = encoderInput("encoder", values, { frames: 8, token: 16 }, encoders);
  const request = figureRequest({
    encoder: values.encoder,
    ...input,
    scale: oneOf("scale", values.scale, ["shared-log", "shared-linear", "per-row"]),
    startS: number("start", values.start, 0, 1e6),
    lengthS: values.length === undefined ? null : number("length", values.length, 0.01, 1e6),
    stride: values.stride === undefined ? null : whole("stride", values.stride, 1, 300),
    queries,
    taus,
    rho: number("rho", values.rho, 0.001, 1),
    files: [...(out ? [pictureKind(out)] : []), ...(features ? ["features"] : [])],
  });
  checkOutputs({ out, json, features }, [video]);
  return request;
}

const pictureKind = (path) => (path.toLowerCase().endsWith(".svg") ? "svg" : "png");

await command({ name: "figure", usage, options: OPTIONS, positionals: true }, async (values, positionals) => {
  const request = requestOf(values, positionals, await encoderInputs());
  const { out, json, features } = values;
  const { withHeadlessPage } = await import("./lib/page.mjs");
  const reply = await withHeadlessPage(async (page) => {
    await page.setInputFiles("input[type=file]", positionals[0]);
    return answered(await page.evaluate((sent) => window.tempered.figure(sent), request));
  });
  for (const notice of reply.notices) console.error(notice);
  const save = (path, kind) => path && writeWhole(path, Buffer.from(reply.files[kind], "base64"));
  save(out, out && pictureKind(out));
  save(features, "features");
  if (json) writeWhole(json, `${JSON.stringify(reply.json, null, 1)}\n`);
});
