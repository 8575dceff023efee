// The tables of docs/align.md and docs/train.md: which runs of their folder are taken as they are.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LOSS_KINDS } from "../../../src/alignment/losses.ts";
import { start } from "../../support/command.ts";

/** All runs over discs, each of so many steps, and the table after 80. No run can be trained here: the adapter is none. */
async function tableOf(steps: number) {
  const folder = mkdtempSync(join(tmpdir(), "tempered-table-"));
  const details = { held: { moving: 0.5, still: 0.5, teacherMoving: 0.5, teacherStill: 0.5 } };
  const agreement = Array.from({ length: steps / 10 + 1 }, (_, i) => ({
    step: 10 * i,
    train: 0.5,
    held: 0.5,
    details,
  }));
  const run = { status: "done", recipe: { steps }, agreement, steps: [{ step: 1, ms: 9 }] };
  for (const loss of LOSS_KINDS)
    for (const seed of [1, 2, 3]) writeFileSync(join(folder, `discs-${loss}-${seed}-0.05.json`), JSON.stringify(run));
  const args = ["scripts/align_table.mjs", folder, "--steps", "80", "--clips", "discs"];
  return start(process.execPath, args, { env: { TEMPERED_ADAPTER: "none" } }).over;
}

test.each([80, 300])("runs of %i steps have what the table says after 80", { timeout: 60_000 }, async (steps) => {
  const { code, stdout } = await tableOf(steps);
  expect(code).toBe(0);
  expect(stdout.toString()).toContain("| mtsa | .50 .50 .50 |");
});

test("runs of 40 steps have not: they are trained anew", { timeout: 60_000 }, async () => {
  const { code, stderr } = await tableOf(40);
  expect(stderr).toContain("TEMPERED_ADAPTER must be one of");
  expect(code).toBe(1);
});

test("the table of docs/train.md has no runs of other steps", { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "tempered-table-"));
  writeFileSync(join(folder, "none-1.json"), JSON.stringify({ status: "done", recipe: { steps: 40 } }));
  const args = ["scripts/train_table.mjs", folder, "--steps", "80"];
  const { code, stderr } = await start(process.execPath, args, { env: { TEMPERED_ADAPTER: "none" } }).over;
  expect(stderr).toContain("none-1.json is a run of 40 steps, got --steps 80: give another folder, or --steps 40");
  expect(code).toBe(2);
});
