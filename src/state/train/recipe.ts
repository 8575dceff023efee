import { type Recipe, type RecipeInput, takesFlips } from "../../worker/protocol.ts";
import type { Settings } from "../settings.ts";

/** Frames at the end of a clip of F that are never trained on. */
export function heldCount(held: Settings["held"], F: number): number {
  if (held === "none") return 0;
  return Math.max(1, Math.floor(F / (held === "half" ? 2 : 4)));
}

/** The recipe that the settings describe, for a clip of F frames. */
export function recipeOf(settings: Settings, F: number): RecipeInput {
  const { loss, lossTau, rho, margin, lambda, learningRate, hidden, steps, seed, windows, windowFrames, flips } =
    settings;
  const { optimizer, muonRate, warmup, rateDecay } = settings;
  const trained = F - heldCount(settings.held, F);
  return {
    loss,
    tau: lossTau,
    rho,
    margin,
    lambda,
    learningRate,
    optimizer,
    muonRate,
    warmup,
    rateDecay,
    hidden: [...hidden],
    steps,
    seed,
    // A run of each loss starts from the same settings, and not every loss takes them.
    batch: { windows, frames: Math.min(windowFrames, trained), flips: flips && takesFlips(loss) },
    trainFrames: [0, trained - 1],
    heldFrames: trained < F ? [trained, F - 1] : null,
    // About a dozen measurements, at most one in 25 steps: each costs a step or two.
    evaluateEvery: Math.max(1, Math.min(25, Math.ceil(steps / 12))),
  };
}

/** The settings that a run's recipe came from, so that a resumed run's rail shows what it is. */
export function settingsOf(recipe: Recipe): Partial<Settings> {
  const { loss, tau, rho, margin, lambda, learningRate, hidden, steps, seed, batch, trainFrames, heldFrames } = recipe;
  const { optimizer, muonRate, warmup, rateDecay } = recipe;
  const F = (heldFrames ?? trainFrames)[1] + 1;
  const count = heldFrames ? heldFrames[1] - heldFrames[0] + 1 : 0;
  const held = (["half", "quarter", "none"] as const).find((name) => heldCount(name, F) === count) ?? "half";
  const { windows, frames: windowFrames, flips } = batch;
  return {
    loss,
    lossTau: tau,
    rho,
    margin,
    lambda,
    learningRate,
    optimizer,
    muonRate,
    warmup,
    rateDecay,
    hidden,
    steps,
    seed,
    windows,
    windowFrames,
    flips,
    held,
  };
}
