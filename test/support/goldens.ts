import type { LossKind } from "../../src/alignment/losses.ts";
import { parseSafetensors } from "../../src/formats/safetensors.ts";

const VERSION = "1";
const REMEDY = "regenerate it with `python models/export/alignment_goldens.py`";

/** One PyTorch float64 case; see models/export/alignment_goldens.py. */
export interface Golden {
  readonly name: string;
  readonly loss: LossKind;
  readonly tau: number;
  readonly margin: number;
  readonly shape: { readonly F: number; readonly S: number; readonly Ct: number; readonly Cs: number };
  readonly teacher: Float64Array;
  readonly student: Float64Array;
  readonly mask: Uint8Array;
  readonly expected: { readonly loss: number; readonly perToken: Float64Array; readonly dStudent: Float64Array };
}

/**
 * The cases of test/fixtures/alignment_goldens.safetensors.
 * @throws Error with the command to regenerate when the file is of another kind or version
 */
export function parseGoldens(bytes: Uint8Array): Golden[] {
  const { tensors, metadata } = parseSafetensors(bytes);
  const { magic, version, torch: _torch, ...cases } = metadata;
  if (magic !== "tempered-alignment-goldens" || version !== VERSION) {
    throw new Error(`the goldens are "${magic}" version ${version}, the tests read version ${VERSION}: ${REMEDY}`);
  }
  return Object.entries(cases).map(([name, described]) => {
    const tensor = (key: string) => {
      const found = tensors.get(`${name}.${key}`);
      if (!found) throw new Error(`the goldens lack ${name}.${key}: ${REMEDY}`);
      return found;
    };
    const f64 = (key: string) => tensor(key).data as Float64Array;
    const [F, S, Ct] = tensor("teacher").shape;
    const Cs = tensor("student").shape[2];
    return {
      name,
      ...(JSON.parse(described) as Pick<Golden, "loss" | "tau" | "margin">),
      shape: { F, S, Ct, Cs },
      teacher: f64("teacher"),
      student: f64("student"),
      mask: tensor("mask").data as Uint8Array,
      expected: { loss: f64("loss")[0], perToken: f64("per_token"), dStudent: f64("grad_student") },
    };
  });
}
