import type { RelationName } from "../reference/index.ts";

/** What the losses read beside the features; it may change between two steps without a rebuild. */
export interface LossParams {
  /** Temperature τ of the tempered losses. */
  readonly tau: number;
  /** Fraction ρ of each frame's tokens that are queries where only moving tokens ask, at most `maxRho`. */
  readonly rho: number;
  /** How far two cosines may be apart at no cost. */
  readonly margin: number;
}

/** What the rest of the program asks about a loss. */
export interface LossTraits {
  /** What the user reads, as the papers write it. */
  readonly name: string;
  /** The parameters that it reads; the others change nothing in it. */
  readonly reads: readonly (keyof LossParams)[];
  /** What is compared: similarities, by one of the relations, or each token's own feature ("tokens"). */
  readonly compares: RelationName | "tokens";
  /** Which tokens ask: all, or those that the motion mask keeps. Keys are always all tokens. */
  readonly queries: "all" | "moving";
  /** Whether teacher and student need the same number of channels. */
  readonly channels: "any" | "equal";
}

/**
 * The losses (docs/method.md sections 2 to 4): the one table, which everything else asks for a trait and never for a name. A row
 * here makes the compiler name the tables that lack it.
 */
export const LOSSES = {
  tsa: { name: "TSA", reads: ["tau"], compares: "tempered", queries: "all", channels: "any" },
  mtsa: { name: "M-TSA", reads: ["tau", "rho"], compares: "tempered", queries: "moving", channels: "any" },
  trd: { name: "TRD", reads: ["margin"], compares: "distillation", queries: "all", channels: "any" },
  repa: { name: "REPA", reads: [], compares: "tokens", queries: "all", channels: "equal" },
  gram: { name: "Gram", reads: [], compares: "squares", queries: "all", channels: "any" },
} as const satisfies Record<string, LossTraits>;

export type LossKind = keyof typeof LOSSES;

/** The losses that temper similarities, so that there is something to see over τ. */
export type TemperedLoss = {
  [K in LossKind]: "tau" extends (typeof LOSSES)[K]["reads"][number] ? K : never;
}[LossKind];

export const LOSS_KINDS = Object.keys(LOSSES) as readonly LossKind[];

export const traitsOf = (kind: LossKind): LossTraits => LOSSES[kind];

/** Whether a loss reads a parameter. */
export const reads = (kind: LossKind, parameter: keyof LossParams): boolean => traitsOf(kind).reads.includes(parameter);

/**
 * Whether mirrored windows may stand for a mirrored clip. Similarities nearly do (docs/align.md); a clip's features, mirrored
 * in place, are not those of the mirrored clip, and a loss of the features themselves would learn them.
 */
export const takesFlips = (kind: LossKind): boolean => traitsOf(kind).compares !== "tokens";

const isTempered = (kind: LossKind): kind is TemperedLoss => reads(kind, "tau");
export const TEMPERED_LOSSES: readonly TemperedLoss[] = LOSS_KINDS.filter(isTempered);

/** The parameters that a loss reads. */
export function paramsOf(kind: LossKind, params: LossParams): Partial<LossParams> {
  return Object.fromEntries(traitsOf(kind).reads.map((name) => [name, params[name]]));
}
