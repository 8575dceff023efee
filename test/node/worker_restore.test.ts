// What a lost device takes with it: runs are put onto the next one first, and of the rest only what that cannot take is forgotten.
import { expect, test } from "vitest";
import type { Forgotten } from "../../src/worker/protocol.ts";
import { restore } from "../../src/worker/restore.ts";
import type { ComparedPair, EncodedClip, Workspace } from "../../src/worker/workspace.ts";

/** A worker that holds a clip and a pair, whose device takes the one, the other or neither. */
function setUp({ takesClip, isLost }: { readonly takesClip: boolean; readonly isLost: boolean }) {
  const log: string[] = [];
  const engine = {
    setFeatures: async () => {
      log.push("clip");
      if (!takesClip) throw new Error("the GPU is out of memory");
    },
  };
  const space = {
    // Without a device a pair is compared by the CPU; this one is none that it could take.
    compute: { gpu: null, engine, isLost: async () => isLost },
    encoded: { features: new Float32Array(1), frames: [], pixels: [], grid: { F: 1, H: 1, W: 1, C: 1 } },
    compared: {} as ComparedPair,
  } as unknown as Workspace;
  const host = (name: string) => ({ recover: async () => void log.push(name) });
  const forgotten: Forgotten[] = [];
  return { space, log, forgotten, hosts: [host("projector"), host("students")] };
}

test("runs are put back whatever becomes of the clip, which is forgotten alone", async () => {
  const { space, log, hosts, forgotten } = setUp({ takesClip: false, isLost: false });
  space.compared = null;
  await restore(space, hosts, forgotten);
  expect(forgotten).toEqual(["encoded"]);
  expect(log).toEqual(["projector", "students", "clip"]);
  expect(space.encoded).toBeNull();
});

test("a pair that cannot be put back leaves the clip as it is", async () => {
  const { space, log, hosts, forgotten } = setUp({ takesClip: true, isLost: false });
  const features = (space.encoded as EncodedClip).features;
  await restore(space, hosts, forgotten);
  expect(forgotten).toEqual(["compared"]);
  expect(log).toEqual(["projector", "students", "clip"]);
  expect([space.encoded?.features, space.compared]).toEqual([features, null]);
});

test("what a device does not take that is lost itself is kept for the next one", async () => {
  const { space, log, hosts, forgotten } = setUp({ takesClip: false, isLost: true });
  await expect(restore(space, hosts, forgotten)).rejects.toThrow("out of memory");
  expect(log.slice(0, 2)).toEqual(["projector", "students"]);
  expect([space.encoded, space.compared]).not.toContain(null);
});
