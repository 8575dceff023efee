import { ceil4, PRODUCT_COLUMNS } from "../kernels/product.ts";
import { keptPerFrame } from "../reference/index.ts";
import { LOSS_DEFAULTS, type LossConfig, type LossForm } from "./loss_config.ts";
import { traitsOf } from "./losses.ts";

/** What the memory of a loss depends on. */
export type LossSizes = Pick<LossConfig, "kind" | "shape" | "form" | "memoryBudget" | "rho" | "maxRho">;

/**
 * How a loss is laid out in memory. `symmetric`: every token is a query and the whole similarity is held, so half of it is
 * mirrored and one product makes the gradient. `blocks`: rectangles of `width` queries by all keys, one after the other.
 * A query's whole row lies in its block, so its softmax is complete there and nothing is computed twice but the teacher's part.
 */
export interface LossPlan {
  readonly form: LossForm;
  readonly layout: "symmetric" | "blocks" | "tokens";
  /** Most queries of a clip (M). */
  readonly room: number;
  /** Queries of a block. */
  readonly width: number;
  /** Bytes of everything the loss will hold. */
  readonly bytes: number;
}

/**
 * Chooses the form.
 * @throws RangeError when not even the tiled form fits the budget, with both values and the remedy
 */
export function planLoss(config: LossSizes, maxBufferBytes: number): LossPlan {
  const { kind, shape, form = "auto", memoryBudget = LOSS_DEFAULTS.memoryBudget } = config;
  const { B, F, S, Cs } = shape;
  const N = F * S;
  const { compares, queries } = traitsOf(kind);
  if (compares === "tokens") {
    // Token with token: nothing to tile, both forms are the same.
    const bytes = tokenBytes(config);
    return { form: form === "auto" ? "stored" : form, layout: "tokens", room: N, width: N, bytes };
  }
  const masked = queries === "moving";
  const room = masked ? F * keptPerFrame(config.maxRho ?? config.rho ?? LOSS_DEFAULTS.rho, F, S) : N;
  const layout = masked ? "blocks" : "symmetric";
  const stored: LossPlan = { form: "stored", layout, room, width: room, bytes: storedBytes(config, room, layout) };
  const fits = stored.bytes <= memoryBudget && B * ceil4(N) * ceil4(room) * 4 <= maxBufferBytes;
  if (form === "stored" || (form === "auto" && fits)) return stored;

  // Both rectangles of a block together hold about as much as the features, so that memory stays O(N·C).
  let width = Math.min(ceil4(room), PRODUCT_COLUMNS * Math.max(1, Math.round(Cs / 2 / PRODUCT_COLUMNS)));
  const tiled = (w: number): LossPlan => ({
    form: "tiled",
    layout: "blocks",
    room,
    width: w,
    bytes: blockBytes(config, w, room),
  });
  while (width > PRODUCT_COLUMNS && tiled(width).bytes > memoryBudget) width -= PRODUCT_COLUMNS;
  const plan = tiled(width);
  if (plan.bytes > memoryBudget) {
    throw new RangeError(
      `the tiled form needs ${plan.bytes} bytes, memoryBudget is ${memoryBudget}: raise it, or use fewer frames or larger tokens`,
    );
  }
  return plan;
}

/** Features and outputs that every layout holds: perToken, dStudent, the query list, and the unit rows of both sides. */
function tokenBytes({ shape: { B, F, S, Ct, Cs } }: LossSizes): number {
  const N = F * S;
  return 4 * B * (2 * N + N * Cs + ceil4(N) * (2 + Ct + Cs));
}

function storedBytes(config: LossSizes, room: number, layout: "symmetric" | "blocks"): number {
  if (layout === "blocks") return blockBytes(config, ceil4(room), room);
  const { B, F, S, Ct, Cs } = config.shape;
  const Np = ceil4(F * S);
  const features = Np * (ceil4(Ct) + ceil4(Cs) + 2 * Cs + 2) + F * S * (Cs + 1);
  return 4 * B * (features + 2 * Np * Np + 3 * F * Np + room);
}

function blockBytes({ shape: { B, F, S, Ct, Cs } }: LossSizes, width: number, room: number): number {
  const Np = ceil4(F * S);
  const features = Np * (ceil4(Ct) + ceil4(Cs) + 2 * Cs + 2) + F * S * (Cs + 1);
  const block = 2 * Np * width + 3 * F * width + width * (ceil4(Ct) + ceil4(Cs) + 2 * Cs);
  return 4 * B * (features + block + room);
}
