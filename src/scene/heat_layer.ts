import {
  BufferAttribute,
  BufferGeometry,
  DataTexture,
  DoubleSide,
  Group,
  MeshBasicMaterial,
  NearestFilter,
  SRGBColorSpace,
} from "three";
import { heatPixels } from "./heat_pixels.ts";
import { flat, LAYERS, type Layer, mesh, Scope, uprightPlane } from "./kit.ts";
import { type BlockLayout, pointOf } from "./layout.ts";
import { liftedSurface } from "./lifted.ts";
import type { SpaceInput } from "./space_input.ts";

/** How a distribution is shown on the frames. */
export type HeatForm = "painted" | "lifted" | "off";

/** A distribution on the frames or lifted off them, and the motion mask's shade. Made anew when any of it changes. */
export class HeatLayer implements Layer {
  readonly group = new Group();
  readonly #scope = new Scope();
  readonly #layout: BlockLayout;

  constructor(input: SpaceInput, layout: BlockLayout, form: HeatForm) {
    this.#layout = layout;
    const plane = this.#scope.own(uprightPlane(layout));
    for (let f = 0; f < layout.F; f++) {
      const { z } = pointOf(layout, f, 0, 0);
      const pixels = heatPixels(input, f, form === "painted");
      if (pixels) {
        const texture = this.#scope.own(new DataTexture(pixels, layout.W, layout.H));
        texture.colorSpace = SRGBColorSpace;
        texture.magFilter = NearestFilter;
        texture.needsUpdate = true;
        const heat = mesh(plane, this.#scope.own(flat(texture)), z, LAYERS.heat);
        heat.position.z = z;
        heat.name = `heat ${f}`;
        this.group.add(heat);
      }
      if (form === "lifted") this.group.add(this.#lifted(input, f, z));
    }
  }

  dispose(): void {
    this.#scope.dispose();
    this.group.removeFromParent();
  }

  #lifted(input: SpaceInput, f: number, z: number) {
    const { positions, colors, indices } = liftedSurface(input, this.#layout, f);
    const geometry = this.#scope.own(new BufferGeometry());
    geometry.setAttribute("position", new BufferAttribute(positions, 3));
    geometry.setAttribute("color", new BufferAttribute(colors, 4));
    geometry.setIndex(new BufferAttribute(indices, 1));
    // Cold parts are left out altogether, so that a peak may hide what is behind it.
    const options = { vertexColors: true, transparent: true, side: DoubleSide, alphaTest: 0.04 };
    const surface = mesh(geometry, this.#scope.own(new MeshBasicMaterial(options)), z, LAYERS.heat);
    surface.name = `height field ${f}`;
    return surface;
  }
}
