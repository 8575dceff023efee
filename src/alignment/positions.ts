import type { CorrespondenceEngine } from "./correspondence/correspondence.ts";
import { required, tokenCount } from "./token_index.ts";
import type { TokenRef } from "./types.ts";

/** Most bytes of similarities that one batch of queries may fill. */
const BATCH_BYTES = 8 * 2 ** 20;
/** About how long others wait for the engine: the batches grow and shrink to take this long. */
const BATCH_MS = 80;
const FIRST_BATCH = 8;

interface Batch {
  /** Of the tokens, the first of this batch. */
  readonly first: number;
  readonly tokens: readonly TokenRef[];
  /** One [Q·F, 3] per τ, at least one: expected row, expected column, index of the best match. */
  readonly found: readonly Float32Array[];
}

/**
 * Where any number of tokens went: asked in batches, and others may use the engine between two of them.
 * @param taus none: τ = 1 stands in, since the best match comes with every τ
 * @param beforeBatch awaited before each batch; rejects to stop
 */
export async function* positionsOf(
  engine: Pick<CorrespondenceEngine, "grid" | "positions">,
  tokens: readonly TokenRef[],
  taus: readonly number[],
  beforeBatch: () => Promise<void>,
): AsyncGenerator<Batch, void, undefined> {
  const grid = required(engine.grid, "features");
  const most = Math.max(1, Math.min(tokens.length, Math.floor(BATCH_BYTES / (4 * tokenCount(grid)))));
  let size = Math.min(most, FIRST_BATCH);
  for (let first = 0; first < tokens.length; ) {
    await beforeBatch();
    const batch = tokens.slice(first, first + size);
    const start = performance.now();
    const found = await engine.positions(batch, taus.length > 0 ? taus : [1]);
    // At most doubled: the first batch also compiles the kernels, and one slow moment says little.
    const pace = Math.min(2, Math.max(0.5, BATCH_MS / (performance.now() - start)));
    yield { first, tokens: batch, found };
    first += batch.length;
    size = Math.max(1, Math.min(most, Math.round(batch.length * pace)));
  }
}
