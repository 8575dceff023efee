// What scale/ writes, opened in the page: curves of a run at full size in Train, tables of the paper's judges in Evaluate.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { writeSafetensors } from "../../../src/formats/safetensors.ts";
import { dropFile, figureShown, withApp } from "../../support/app.ts";
import { axeFaults } from "../../support/axe.ts";

const open = withApp();

test("curves of a full-size run stand beside the page's own, and judges' tables beside the paper's", async () => {
  const { page, problems } = await open({
    hash: "#v=1&view=train&clip=discs&hidden=16.16.16&steps=4",
  });
  await figureShown(page);
  await page.getByRole("button", { name: "One step", exact: true }).click();
  await page.locator("[data-testid=train-status][data-step='1']").waitFor({ timeout: 90_000 });

  const metrics = readFileSync("test/fixtures/scale_metrics.jsonl");
  await dropFile(page, "metrics.jsonl", Buffer.concat([metrics, Buffer.from("{}\n")]));
  await page.getByText("“metrics.jsonl” holds no curves of a run at full size: line 5 has no number “step”").waitFor();
  await page.goto(page.url().replace("view=train", "view=explore"));
  await dropFile(page, "metrics.jsonl", metrics);
  const row = page.locator("[data-testid=full-size] tbody tr");
  expect((await row.innerText()).trim()).toMatch(/^full size 1 metrics.jsonl\s+4\s+1.91\s+1.64\s+0.525\s+0.5\s/);
  expect(await page.getByTestId("train-notice").count()).toBe(0);
  await page.getByRole("img", { name: /^Loss: .*TSA.*full size 1/ }).waitFor();
  await page.getByRole("img", { name: /^Diffusion loss \(full size\): full size 1/ }).waitFor();
  await page.getByRole("checkbox", { name: "Draw full size 1" }).uncheck();
  await page.getByRole("img", { name: /^Diffusion loss/ }).waitFor({ state: "detached" });
  expect(await axeFaults(page, { within: "[data-testid=full-size]" })).toEqual([]);

  const weight = { dtype: "F16", shape: [4, 1920], data: new Uint16Array(4 * 1920) } as const;
  const projector = writeSafetensors(
    { "linear1.weight": weight },
    { format: "tempered-projector", block: "18", stride: "3" },
  );
  await dropFile(page, "projector.safetensors", projector);
  await page.getByText(/“projector.safetensors” is the projector of a run at full size: from 1920 channels/).waitFor();

  const question = '"Human: Does this video follow the physical laws?\nAI: "';
  const scores = [0.9, 0.2, 0.6, 0.1].map((score, i) => `drawn/mtsa/000${i}.mp4,${question},${score}\n`).join("");
  await dropFile(page, "pc.csv", Buffer.from(scores));
  const cells = page.locator("[data-judge=videophy] tbody tr");
  expect((await cells.innerText()).trim()).toMatch(/^mtsa\s+needs SA and PC\s+not opened\s+50.0 \(15.0–85.0\) of 4$/);
  const both = Buffer.from("videopath,score\ndrawn/mtsa/0000.mp4,4\ndrawn/mtsa/0001.mp4,5\n");
  for (const side of ["sa", "pc"]) await dropFile(page, `mtsa_${side}.csv`, both);
  await page.locator("[data-judge=videophy2] td[data-side=joint]", { hasText: "100.0 (34.2–100.0) of 2" }).waitFor();
  await dropFile(page, "mtsa.csv", Buffer.from("videopath,caption\ndrawn/mtsa/0000.mp4,words\n"));
  await page.getByText(/“mtsa.csv” is no table of a judge: it has videos and captions but no scores/).waitFor();
  expect(await cells.count()).toBe(1);
  expect(await axeFaults(page, { within: "[data-testid=judge-tables]" })).toEqual([]);
  await page.getByRole("button", { name: "Close them" }).click();
  await page.getByText(/is no table of a judge/).waitFor({ state: "detached" });
  expect(problems).toEqual([]);
}, 180_000);
