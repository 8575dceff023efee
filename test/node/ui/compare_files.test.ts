import { expect, test } from "vitest";
import { compareJson } from "../../../src/ui/compare/files.ts";
import type { Compared, CompareLosses, CompareQuery, LayerPoint, SweepPoint } from "../../../src/worker/protocol.ts";

const compared = { teacher: { encoder: "xfeat" }, grid: { F: 1, H: 1, W: 2 }, frames: [] } as unknown as Compared;
const query = { query: [0, 0, 0], tau: 0.02, kl: Float32Array.of(0.5) } as unknown as CompareQuery;
const losses = {
  ...{ tau: 0.1, rho: 0.2, margin: 0.3, mask: Uint8Array.of(0, 1), brought: null },
  losses: { tsa: { loss: 1, gradNorm: 2 }, mtsa: null },
} as unknown as CompareLosses;

test("Compare's file says of its losses at which τ they are: the query may be at another already", () => {
  expect(compareJson({ compared, query, losses }, [], null)).toMatchObject({
    ...{ tau: 0.02, kl_by_frame: [0.5] },
    ...{ losses_tau: 0.1, rho: 0.2, margin: 0.3, losses: { tsa: { loss: 1, grad_norm: 2 }, mtsa: null } },
    motion_mask: { rho: 0.2, frames: ["01"] },
  });
  const early = compareJson({ compared, query, losses: null }, [], null);
  expect(JSON.parse(JSON.stringify(early))).toEqual({
    ...{ teacher: { encoder: "xfeat" }, grid: { F: 1, H: 1, W: 2 }, frames: [], query: [0, 0, 0] },
    ...{ tau: 0.02, kl_by_frame: [0.5], losses: null, motion_mask: null, sweep: [] },
  });
});

test("M-TSA of no query is written as none, in the sweep and of every block", () => {
  const asked = { tau: 0.1, rho: 0.2, brought: null };
  const sweep: SweepPoint = { type: "sweep-point", ...asked, tsa: { loss: 1, gradNorm: 2 }, mtsa: null };
  const point: LayerPoint = { type: "layer-point", ...asked, of: 1, losses: { tsa: 1, mtsa: null }, moved: null };
  const layers = { key: "", ...asked, points: [point], running: false };
  expect(compareJson({ compared, query, losses }, [sweep], layers)).toMatchObject({
    sweep: [{ tau: 0.1, tsa: { loss: 1, grad_norm: 2 }, mtsa: null }],
    layers: [{ of: 1, brought: null, losses: { tsa: 1, mtsa: null } }],
  });
});
