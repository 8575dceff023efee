import { LOSS_KINDS, type LossKind, type LossParams, traitsOf } from "./losses.ts";

/** *stored* keeps the teacher's similarities (fewest FLOP); *tiled* recomputes them by blocks of queries (least memory). */
export type LossForm = "stored" | "tiled";

/** A batch of B clips of F frames of S tokens; channels of the teacher and of the student. */
export interface LossShape {
  readonly B: number;
  readonly F: number;
  readonly S: number;
  readonly Ct: number;
  readonly Cs: number;
}

export interface LossConfig extends Partial<LossParams> {
  readonly kind: LossKind;
  readonly shape: LossShape;
  /** Raw teacher features [B, F, S, Ct], the caller's; read when `setTeacher` asks for it and never written. */
  readonly teacher: GPUBuffer;
  /** Raw student features [B, F, S, Cs], the caller's; read in every step. */
  readonly student: GPUBuffer;
  /** Which form; "auto" takes stored when it fits the budget. */
  readonly form?: LossForm | "auto";
  /** Most bytes that this loss may hold, for its own buffers and outputs together. */
  readonly memoryBudget?: number;
  /** The largest rho that buffers are made for; defaults to rho. */
  readonly maxRho?: number;
  /** Where only moving tokens ask (mtsa): tokens kept as queries, [B, F, S] of 0 and 1. Can be set later. */
  readonly mask?: ArrayLike<number>;
  /** The same by motion saliency [B, F, S], from which rho makes the mask. Can be set later. */
  readonly motion?: ArrayLike<number>;
  /** Most FLOP in one chunk of work; defaults to about half a second on the kind of adapter at hand. */
  readonly flopPerSubmit?: number;
}

/** The paper's values (docs/method.md section 4) and a budget that leaves room for a model beside the loss. */
export const LOSS_DEFAULTS = { tau: 0.1, rho: 0.2, margin: 0.1, memoryBudget: 512 * 2 ** 20 } as const;

const KEYS: Record<keyof LossConfig, true> = {
  kind: true,
  shape: true,
  teacher: true,
  student: true,
  form: true,
  memoryBudget: true,
  tau: true,
  rho: true,
  maxRho: true,
  margin: true,
  mask: true,
  motion: true,
  flopPerSubmit: true,
};

/**
 * Checks everything that can be checked before a GPU call.
 * @throws RangeError with both values and the remedy
 */
export function checkLossConfig(config: LossConfig): void {
  for (const key of Object.keys(config)) {
    if (!Object.hasOwn(KEYS, key)) throw new RangeError(`unknown option "${key}": use ${Object.keys(KEYS).join(", ")}`);
  }
  const { kind, shape, form = "auto" } = config;
  if (!LOSS_KINDS.includes(kind)) throw new RangeError(`unknown loss "${kind}": use one of ${LOSS_KINDS.join(", ")}`);
  if (!["auto", "stored", "tiled"].includes(form)) {
    throw new RangeError(`unknown form "${form}": use "stored", "tiled" or "auto"`);
  }
  for (const name of ["B", "F", "S", "Ct", "Cs"] as const) {
    if (!(Number.isInteger(shape[name]) && shape[name] >= 1)) {
      throw new RangeError(`shape.${name} must be a whole number ≥ 1, got ${shape[name]}`);
    }
  }
  if (traitsOf(kind).channels === "equal" && shape.Cs !== shape.Ct) {
    throw new RangeError(
      `${kind} compares channel by channel: project the student to the teacher's ${shape.Ct} channels, got ${shape.Cs}`,
    );
  }
  const { B, F, S, Ct, Cs } = shape;
  for (const [name, C] of [
    ["teacher", Ct],
    ["student", Cs],
  ] as const) {
    const needed = B * F * S * C * 4;
    if (config[name].size < needed) {
      throw new RangeError(
        `the ${name} buffer holds ${config[name].size} bytes, [${B}, ${F}, ${S}, ${C}] f32 needs ${needed}`,
      );
    }
  }
  checkLossParams(config);
  const rho = config.rho ?? LOSS_DEFAULTS.rho;
  const { maxRho = rho, memoryBudget = 1, flopPerSubmit = 1 } = config;
  checkRho("maxRho", maxRho);
  if (rho > maxRho)
    throw new RangeError(`rho must be ≤ maxRho, got ${rho} > ${maxRho}: create the loss with a larger maxRho`);
  if (!(memoryBudget > 0)) throw new RangeError(`memoryBudget must be > 0 bytes, got ${memoryBudget}`);
  if (!(flopPerSubmit > 0)) throw new RangeError(`flopPerSubmit must be > 0, got ${flopPerSubmit}`);
  if (config.mask && config.motion)
    throw new RangeError("give either a mask or motion, not both: rho makes the mask from motion");
}

/**
 * Checks the parameters that are given.
 * @throws RangeError with the value and what it must be
 */
export function checkLossParams({ tau, rho, margin }: Partial<LossParams>): void {
  if (tau !== undefined && !(tau > 0 && Number.isFinite(tau))) throw new RangeError(`tau must be > 0, got ${tau}`);
  if (rho !== undefined) checkRho("rho", rho);
  if (margin !== undefined && !(margin >= 0 && Number.isFinite(margin))) {
    throw new RangeError(`margin must be ≥ 0, got ${margin}`);
  }
}

function checkRho(name: string, rho: number): void {
  if (!(rho > 0 && rho <= 1)) throw new RangeError(`${name} is a fraction with 0 < ${name} ≤ 1, got ${rho}`);
}
