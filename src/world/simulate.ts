/** Runs a scene: solids and fluids take turns, substep by substep, and every frame is kept as it stands. */
import { type Rapier, Rigid } from "./rigid.ts";
import { CLIP, type Scene, type Snapshot } from "./types.ts";

/** Substeps of a frame. At 4 px/frame a body moves 0.2 px in one; fluids hold with 4, and they cost more. */
const SUBSTEPS = { solids: 20, fluids: 4 } as const;

/** What `createFluid` gives: the scene's fluids in motion. */
export interface FluidStepper {
  /**
   * Advances from `time` by `step` frames beside the solids as they now stand (`rigid.solids`); what the liquid does to solid k goes
   * through `rigid.push`, and the solids feel it in their next substep.
   */
  step(rigid: Rigid, time: number, step: number): void;
  /** Positions of fluid k's particles as Snapshot keeps them; a fresh array. */
  positions(fluid: number): Float32Array;
}

export type CreateFluid = (scene: Scene) => FluidStepper;

/** One snapshot for each of `frames`, a clip's where nothing is said; the first is the scene as built. */
export function simulate(
  rapier: Rapier,
  scene: Scene,
  createFluid: CreateFluid,
  frames: number = CLIP.frames,
): Snapshot[] {
  const fluid = scene.fluids.length > 0 ? createFluid(scene) : null;
  const substeps = fluid ? SUBSTEPS.fluids : SUBSTEPS.solids;
  const rigid = new Rigid(rapier, scene, substeps);
  try {
    const snapshots = [snapshotOf(scene, rigid, fluid)];
    for (let frame = 1; frame < frames; frame++) {
      for (let i = 0; i < substeps; i++) {
        fluid?.step(rigid, frame - 1 + i / substeps, 1 / substeps);
        rigid.step();
      }
      snapshots.push(snapshotOf(scene, rigid, fluid));
    }
    return snapshots;
  } finally {
    rigid.free();
  }
}

function snapshotOf(scene: Scene, rigid: Rigid, fluid: FluidStepper | null): Snapshot {
  return {
    solids: rigid.solids.map((solid) => ({ ...solid })),
    fluids: scene.fluids.map((_, k) => (fluid ? fluid.positions(k) : new Float32Array())),
    contacts: rigid.takeContacts(),
  };
}
