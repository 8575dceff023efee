// What files say of a verdict: by which laws, and of whose clip.
import { expect, test } from "vitest";
import { judgeCaption } from "../../../src/figure/judge_figure.ts";
import { rulesCsv, verdictJson } from "../../../src/figure/judge_tables.ts";
import type { Origin } from "../../../src/formats/provenance.ts";
import { clipFile } from "../../../src/shell/clip_file.ts";
import { judgeFile } from "../../../src/shell/judge.ts";
import { judge } from "../../../src/worker/judge.ts";
import type { Judged } from "../../../src/worker/protocol.ts";
import { Sandbox } from "../../../src/worker/sandbox/loader.ts";
import type { Running, Workspace } from "../../../src/worker/workspace.ts";
import { sampleClip } from "../../../src/world/language/splits.ts";
import { lawsWith } from "../../../src/world/laws.ts";
import { createWorld } from "../../../src/world/world.ts";

const ORIGIN: Origin = { clip: null, window: null, models: {}, link: "" };
const running = { signal: new AbortController().signal, pause: async () => {} } as unknown as Running;

test("a verdict by other laws than the usual ones names them, in the page and in each of its files, as the command does", async () => {
  const { prompt, seed } = sampleClip("validation", 50, "bounce");
  const { makeClip } = await createWorld();
  const space = { sandbox: new Sandbox() } as Workspace;
  const judged = async (laws: Readonly<Record<string, number>>) => {
    const bytes = clipFile(makeClip(prompt, seed, lawsWith(laws)));
    const file = new File([bytes], "mine.safetensors");
    const [words, command] = [
      await judge(space, { type: "judge", source: { kind: "file", file } }, running),
      judgeFile(bytes, file.name),
    ];
    return { words, command: JSON.parse(command) };
  };
  const said = "judged by its own laws: gravity 0.25";
  const light = await judged({ gravity: 0.25 });
  expect(light.words.laws).toEqual({ gravity: 0.25 });
  expect(verdictJson(light.words).laws).toEqual(light.command.laws);
  expect(rulesCsv(light.words, ORIGIN)).toContain(`mine.safetensors; ${said}`);
  expect(judgeCaption(light.words, "mine.safetensors")).toContain(`mine.safetensors, ${said}.`);

  const usual = await judged({});
  expect([usual.words.laws, usual.command]).toEqual([{}, expect.not.objectContaining({ laws: {} })]);
  expect(verdictJson(usual.words)).not.toHaveProperty("laws");
  expect(rulesCsv(usual.words, ORIGIN)).not.toContain("laws:");
  expect(judgeCaption(usual.words, "mine.safetensors")).not.toContain("laws:");
});

test("a table of a clip by a student of the user's own says that its link opens another", () => {
  const from = (card: string | null) => {
    const model = { name: "mine", sha256: "ab".repeat(32), parameters: 1, card };
    const source = { kind: "student", prompt: "a ball", seed: 1, steps: 2, guidance: 2, given: false, model };
    const rule = { rule: "gravity", side: "PC", applies: true, error: 0, tolerance: 1, overTime: [], says: "" };
    return rulesCsv({ source, laws: {}, verdict: { rules: [rule] } } as unknown as Judged, ORIGIN);
  };
  expect(from(null)).toContain("the link: a student of the user's own, which no link can carry");
  expect(from("card.md")).not.toContain("which no link can carry");
});
