import { restoreEncoded } from "./encode.ts";
import type { LazyHost } from "./lazy_host.ts";
import type { Forgotten } from "./protocol.ts";
import type { Workspace } from "./workspace.ts";

/**
 * Puts onto the current device what was on the one before. Runs go first, which only this moves: a clip or a pair that the device
 * cannot take is forgotten, and that alone.
 * @param forgotten gets what was forgotten, also before it throws
 * @throws where the current device is lost, too: the next one may take the rest
 */
export async function restore(
  space: Workspace,
  hosts: readonly Pick<LazyHost<never>, "recover">[],
  forgotten: Forgotten[],
): Promise<void> {
  for (const host of hosts) await host.recover();
  const putBack = async (part: Forgotten, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      if (await space.compute.isLost(space.compute.gpu)) throw error;
      space[part] = null;
      forgotten.push(part);
    }
  };
  await putBack("encoded", () => restoreEncoded(space));
  // Its code is there where there is a pair.
  if (space.compared) {
    const { restoreCompared } = await import("./compare/compare.ts");
    await putBack("compared", () => restoreCompared(space));
  }
}
