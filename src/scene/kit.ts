import {
  type BufferGeometry,
  DoubleSide,
  type Group,
  type Material,
  Mesh,
  MeshBasicMaterial,
  type Object3D,
  PlaneGeometry,
  type Texture,
} from "three";
import type { BlockLayout } from "./layout.ts";

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

/** A part of the scene that is replaced as a whole. */
export interface Layer {
  readonly group: Group;
  /** Takes it out of the scene and frees what it has on the GPU. */
  dispose(): void;
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

/** Nothing in the block writes depth but threads: frames are painted in order, and what is behind one shows through. */
export const flat = (map: Texture) =>
  new MeshBasicMaterial({ map, transparent: true, depthWrite: false, side: DoubleSide });

/** A plane whose texture's first row is on top, as ImageBitmaps and token rows come. */
export function uprightPlane({ width, height }: BlockLayout): PlaneGeometry {
  const plane = new PlaneGeometry(width, height);
  const uv = plane.getAttribute("uv");
  for (let i = 0; i < uv.count; i++) uv.setY(i, 1 - uv.getY(i));
  return plane;
}
