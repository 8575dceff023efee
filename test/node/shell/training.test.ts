// A run that is saved as it goes, and goes on in the file that it was saved in.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterEach, expect, test, vi } from "vitest";
import { saveRun, trainInPage, withEarlier } from "../../../scripts/lib/training.mjs";

const folder = mkdtempSync(join(tmpdir(), "tempered-training-"));
const at = (name: string) => join(folder, name);

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const line = (step: number, loss: number) => ({ step, loss });
const earlier = {
  recipe: { seed: 1, steps: 3 },
  status: "paused",
  steps: [line(1, 9), line(2, 8), line(3, 7)],
  samples: [line(2, 0)],
};
const run = {
  recipe: { seed: 1, steps: 5 },
  resumed_at: 2,
  status: "done",
  steps: [line(3, 6), line(4, 5)],
  samples: [],
};

test("what was written before the checkpoint stays in front; what came after it is made anew", () => {
  expect(withEarlier(earlier, run)).toEqual({
    ...run,
    steps: [line(1, 9), line(2, 8), line(3, 6), line(4, 5)],
    samples: [line(2, 0)],
  });
});

test("what the steps were before is kept from one resumption to the next", () => {
  const [first, second] = [
    { step: 2, before: 2, after: 4 },
    { step: 4, before: 4, after: 6 },
  ];
  const once = { ...run, steps_changed: [first] };
  expect(withEarlier(earlier, once)).toMatchObject({ steps_changed: [first] });
  expect(withEarlier(once, { ...run, resumed_at: 4, steps_changed: [second] })).toMatchObject({
    steps_changed: [first, second],
  });
});

test("another run's file, or none, adds nothing", () => {
  expect(withEarlier({ ...earlier, recipe: { seed: 2, steps: 3 } }, run)).toBe(run);
  expect(withEarlier({ note: "not ours" }, run)).toBe(run);
  expect(withEarlier(null, run)).toBe(run);
});

/** A page that trains until it is told to end; what it has reached is asked of `soFar`. */
function training(soFar: () => Promise<object | null>) {
  let end: (reply: object) => void = () => {};
  const result = new Promise<object>((resolve) => {
    end = resolve;
  });
  const evaluate = (_: unknown, called?: unknown) => (called ? result : soFar());
  return { page: { evaluate } as unknown as Page, end };
}

test("a save that fails is told once with its reason, and the run is saved again once that works", async () => {
  vi.useFakeTimers();
  const said = vi.spyOn(console, "error").mockImplementation(() => {});
  let step = 0;
  const { page, end } = training(async () => ({ json: { step: ++step }, checkpoint: btoa("weights") }));
  const values = { out: at("gone/run.json"), checkpoint: at("c.safetensors") };
  const run = trainInPage(page, "train", {}, values);
  for (let i = 0; i < 4; i++) await vi.advanceTimersByTimeAsync(10_000);
  expect(step).toBeGreaterThan(2);
  expect(said.mock.calls).toEqual([[expect.stringMatching(/^not saved, the run goes on.*gone\/run\.json.*ENOENT/)]]);
  // The file that can be written is, with all that the run has.
  expect(readFileSync(values.checkpoint, "utf8")).toBe("weights");
  mkdirSync(at("gone"));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(JSON.parse(readFileSync(values.out, "utf8"))).toEqual({ step });
  rmSync(at("gone"), { recursive: true });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(said).toHaveBeenCalledTimes(2);
  end({ ok: true });
  expect(await run).toEqual({ ok: true });
});

test("a checkpoint that cannot be had once does not end the saving either", async () => {
  vi.useFakeTimers();
  const said = vi.spyOn(console, "error").mockImplementation(() => {});
  let asked = 0;
  const { page, end } = training(async () => {
    if (++asked === 1) throw new Error("out of memory");
    return { json: { asked }, checkpoint: null };
  });
  const run = trainInPage(page, "align", {}, { out: at("once.json") });
  await vi.advanceTimersByTimeAsync(1000);
  expect(said.mock.calls).toEqual([[expect.stringContaining("out of memory")]]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(JSON.parse(readFileSync(at("once.json"), "utf8"))).toEqual({ asked: 2 });
  end({ ok: true });
  await run;
});

test("at the end each file is tried, and what could not be written is an error with path and reason", () => {
  const run = { json: { step: 3 }, checkpoint: btoa("weights") };
  const earlier = null;
  const missing = at("nowhere/run.json");
  expect(() => saveRun({ out: missing, checkpoint: at("last.safetensors"), earlier }, run)).toThrow(
    /nowhere\/run\.json could not be written: .*ENOENT/,
  );
  expect(existsSync(at("last.safetensors"))).toBe(true);
  expect(() => saveRun({ out: missing, checkpoint: at("nowhere/c.safetensors"), earlier }, run)).toThrow(
    /run\.json could .*; .*c\.safetensors could not be written/,
  );
});
