// What the commands ask the page's figure for: nothing that its worker would refuse, and the page's own defaults.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { featuresRequest, USUAL } from "../../../scripts/lib/figure_request.mjs";
import { DEFAULTS } from "../../../src/state/settings.ts";
import { checkEncode, checkQueries, checkRho, checkTaus } from "../../../src/worker/checks.ts";

const { clips } = JSON.parse(readFileSync("public/clips/catalog.json", "utf8"));

test("the features of every built-in clip can be made", () => {
  const wanted: Parameters<typeof featuresRequest>[0][] = clips.flatMap(
    (clip: { features: object[] }) => clip.features,
  );
  expect(wanted.length).toBeGreaterThan(0);
  for (const input of wanted) {
    const { encoder, token, frames, startS, queries, taus, rho, files } = featuresRequest(input);
    checkEncode({ encoder, token, window: { startS, lengthS: 1, frames } });
    checkQueries(queries, { F: frames, H: 1, W: 1, C: 1 });
    checkTaus(taus);
    checkRho(rho);
    expect({ encoder, token, frames, files }).toEqual({
      encoder: input.encoder,
      token: input.token,
      frames: input.frames,
      files: ["features"],
    });
  }
});

test("what a command does not say is as the page begins", () => {
  const { startS, rho, scale } = DEFAULTS;
  expect(USUAL).toEqual({ startS, lengthS: null, stride: null, rho, scale });
});
