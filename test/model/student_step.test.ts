// A step of the diffusion student in real Chromium against PyTorch float64 (models/export/student_goldens.py): loss, output and the
// gradient of every parameter, for every loss and none; first frames given and not, prompts kept and dropped in every batch.
import { describe, expect, test } from "vitest";
import { LOSS_KINDS } from "../../src/alignment/losses.ts";
import { parseSafetensors, type Tensor, writeSafetensors } from "../../src/formats/safetensors.ts";
import { verifyFile } from "../../src/headless/verify.ts";
import type { StudentLine } from "../../src/headless/verify_student.ts";
import { withGpu } from "../support/gpu.ts";

const files = import.meta.glob<string>("../fixtures/student_step/*.safetensors", {
  query: "?url",
  import: "default",
  eager: true,
});

const gpu = withGpu();

const [bytesOfNone, bytesOfMtsa] = await Promise.all(
  ["none", "mtsa"].map(async (loss) => {
    const url = files[`../fixtures/student_step/${loss}.safetensors`];
    return new Uint8Array(await (await fetch(url)).arrayBuffer());
  }),
);

/** A golden with some of its tensors or metadata changed. */
function changed(
  bytes: Uint8Array,
  change: (tensors: Record<string, Tensor>, metadata: Record<string, string>) => void,
): Uint8Array {
  const { tensors, metadata } = parseSafetensors(bytes);
  const ours = Object.fromEntries(tensors) as Record<string, Tensor>;
  change(ours, metadata);
  return writeSafetensors(ours, metadata);
}

describe("a step of the student", () => {
  test("there is a golden of every loss and of none", () => {
    const names = Object.keys(files).map((path) => path.slice(path.lastIndexOf("/") + 1));
    expect(new Set(names)).toEqual(new Set(["none", ...LOSS_KINDS].map((loss) => `${loss}.safetensors`)));
  });

  // Float32 in a few blocks, both ways; the bar is 1e-3, and measured errors are a hundred times below these.
  test.each(Object.keys(files))("%s: loss, output and every gradient are PyTorch's", async (path) => {
    const bytes = new Uint8Array(await (await fetch(files[path])).arrayBuffer());
    const { lines, malformed } = await verifyFile(gpu(), path, bytes);
    expect(malformed).toBeUndefined();
    const [line] = lines as StudentLine[];
    expect(line.loss_rel_error).toBeLessThan(1e-5);
    expect(line.output_rel_error).toBeLessThan(1e-5);
    expect(line.grad_rel_error).toBeLessThan(1e-4);
    expect(line.pass).toBe(true);
  });

  test("a gradient that is off by 1 % is found, by its name", async () => {
    const name = "transformer_blocks.1.ff.fc1.weight";
    const bytes = changed(bytesOfMtsa, (tensors) => {
      const { data } = tensors[`grad.${name}`];
      for (let i = 0; i < data.length; i++) data[i] = 1.01 * Number(data[i]);
    });
    const { lines } = await verifyFile(gpu(), "off.safetensors", bytes);
    expect(lines).toMatchObject([{ name: "off", worst_tensor: name, pass: false }]);
  });

  const without = (name: string) => (tensors: Record<string, Tensor>) => {
    delete tensors[name];
  };
  const says = (key: string, value: string) => (_: unknown, metadata: Record<string, string>) => {
    metadata[key] = value;
  };
  test.each([
    ["a loss that there is not", says("loss", "student-jsd"), /must be one of student-none, .*, got "student-jsd"/],
    ["a missing parameter", without("param.proj.weight"), /no tensor "param.proj.weight"/],
    ["a missing gradient", without("grad.given"), /no tensor "grad.given"/],
    ["no mask", without("mask"), /mtsa needs a tensor "mask" U8 \[4,4,16\]/],
    ["another grid", says("rows", "3"), /has 32 tokens a clip, metadata "frames" 2 and "rows" 3 make 18/],
    ["a block beyond the last", says("block", "3"), /"block" must be from 1 to the student's 2, got 3/],
    ["no τ", (_: unknown, metadata: Record<string, string>) => void delete metadata.tau, /"tau" must be a number/],
    [
      "a value that is none",
      (tensors: Record<string, Tensor>) => {
        tensors.x_t.data[5] = Number.NaN;
      },
      /"x_t" holds NaN at value 5/,
    ],
    [
      "a word beyond the vocabulary",
      (tensors: Record<string, Tensor>) => {
        tensors.words.data[0] = 11;
      },
      /"words" must be from 0 to 10, got 11/,
    ],
  ])("%s: one sentence", async (_name, change, sentence) => {
    const { lines, malformed } = await verifyFile(gpu(), "a.safetensors", changed(bytesOfMtsa, change));
    expect(lines).toEqual([]);
    expect(malformed).toMatch(sentence);
  });

  test("sizes that the kernels cannot take are refused with the number", async () => {
    const bytes = changed(bytesOfNone, (tensors, metadata) => {
      metadata.frames = "1";
      metadata.rows = "1";
      for (const name of ["x_t", "x0", "output"])
        tensors[name] = { dtype: "F32", shape: [4, 1, 12], data: new Float32Array(48) };
    });
    const { malformed } = await verifyFile(gpu(), "a.safetensors", bytes);
    expect(malformed).toBe("the student's words and video tokens together must be a multiple of 4, got 9");
  });
});
