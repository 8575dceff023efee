import { type BufferGeometry, type Material, Mesh, type Object3D, type Texture } from "three";

/**
 * Puts everything in the order in which it must be painted: from the plane farthest in time to the nearest, and within one
 * plane by layer. The frames are parallel, so this is exact, where three.js's own sorting by centres is not.
 */
export interface Placed {
  /** Where along the time axis it is. */
  readonly z: number;
  readonly layer: number;
}

/** What lies on one plane, from the picture up. */
export const LAYERS = { thread: 0, image: 1, heat: 2, edge: 3, mark: 4 } as const;

export function place<T extends Object3D>(object: T, z: number, layer: number): T {
  object.userData = { placed: { z, layer } satisfies Placed };
  return object;
}

export function orderByDepth(root: Object3D, cameraZ: number): void {
  root.traverse((object) => {
    const placed = object.userData.placed as Placed | undefined;
    if (placed) object.renderOrder = placed.layer - 100 * Math.abs(placed.z - cameraZ);
  });
}

/** What a part of the scene allocated, freed as one. */
export class Scope {
  readonly #owned: { dispose(): void }[] = [];

  own<T extends BufferGeometry | Material | Texture>(thing: T): T {
    this.#owned.push(thing);
    return thing;
  }

  dispose(): void {
    for (const thing of this.#owned.splice(0)) thing.dispose();
  }
}

export function mesh(geometry: BufferGeometry, material: Material, z: number, layer: number): Mesh {
  return place(new Mesh(geometry, material), z, layer);
}
