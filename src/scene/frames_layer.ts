import {
  BufferAttribute,
  BufferGeometry,
  DataTexture,
  DoubleSide,
  Group,
  LinearMipmapLinearFilter,
  LineBasicMaterial,
  LineLoop,
  type Mesh,
  MeshBasicMaterial,
  NearestFilter,
  PlaneGeometry,
  SRGBColorSpace,
  Texture,
  Vector3,
  type WebGLRenderer,
} from "three";
import { heatPixels } from "./heat_pixels.ts";
import { LAYERS, mesh, place, Scope } from "./kit.ts";
import { type BlockLayout, pointOf } from "./layout.ts";
import { liftedSurface } from "./lifted.ts";
import type { SpaceInput } from "./space_input.ts";
import type { SceneTheme } from "./theme.ts";

export type HeatForm = "painted" | "lifted" | "off";

/** Share of its colour that a frame loses below heat, so that the heat is the colour one sees. */
const MUTED = 0.7;

/** The frames of the clip as planes, and what is painted on them or lifted off them. */
export class FramesLayer {
  readonly group = new Group();
  readonly #scope = new Scope();
  readonly #heatScope = new Scope();
  readonly #heat = new Group();
  readonly #images: Mesh[] = [];
  readonly #edges: LineLoop[] = [];
  readonly #imageMaterials: MeshBasicMaterial[] = [];
  readonly #muted = { value: 0 };
  readonly #plane: PlaneGeometry;

  /** Takes the pictures onto the GPU at once: the store may close them with the next clip. */
  constructor(
    renderer: WebGLRenderer,
    images: readonly ImageBitmap[],
    readonly layout: BlockLayout,
  ) {
    this.#plane = this.#scope.own(uprightPlane(layout));
    const outline = this.#scope.own(outlineOf(layout));
    images.slice(0, layout.F).forEach((image, f) => {
      const { z } = pointOf(layout, f, 0, 0);
      const texture = this.#scope.own(pictureTexture(image));
      if (image.width > 0) renderer.initTexture(texture);
      const material = this.#scope.own(this.#imageMaterial(texture));
      const picture = mesh(this.#plane, material, z, LAYERS.image);
      picture.userData.frame = f;
      picture.name = `frame ${f}`;
      const edge = place(new LineLoop(outline, this.#scope.own(new LineBasicMaterial())), z, LAYERS.edge);
      for (const object of [picture, edge]) object.position.z = z;
      this.#images.push(picture);
      this.#imageMaterials.push(material);
      this.#edges.push(edge);
      this.group.add(picture, edge);
    });
    this.group.add(this.#heat);
  }

  /** What a pointer can hit; `userData.frame` says which frame it is. */
  get planes(): readonly Mesh[] {
    return this.#images;
  }

  /** @param shown the frame that is playing or being flown through; the query's own is outlined too */
  style(theme: SceneTheme, opacity: number, queryFrame: number, shown: number | null): void {
    this.#imageMaterials.forEach((material, f) => {
      material.opacity = f === shown ? Math.max(opacity, 0.85) : opacity;
      // An invisible frame still takes the pointer.
      material.visible = material.opacity > 0;
    });
    this.#edges.forEach(({ material }, f) => {
      const color = f === shown ? theme.accent : f === queryFrame ? theme.ink : theme.line;
      (material as LineBasicMaterial).color.set(color);
    });
  }

  paint(input: SpaceInput, form: HeatForm): void {
    this.#heatScope.dispose();
    this.#heat.clear();
    this.#muted.value = form === "off" ? 0 : MUTED;
    const { F, H, W } = this.layout;
    for (let f = 0; f < F; f++) {
      const { z } = pointOf(this.layout, f, 0, 0);
      const pixels = heatPixels(input, f, form === "painted");
      if (pixels) {
        const texture = this.#heatScope.own(new DataTexture(pixels, W, H));
        texture.colorSpace = SRGBColorSpace;
        texture.magFilter = NearestFilter;
        texture.needsUpdate = true;
        const material = this.#heatScope.own(flat(texture));
        const heat = mesh(this.#plane, material, z, LAYERS.heat);
        heat.position.z = z;
        heat.name = `heat ${f}`;
        this.#heat.add(heat);
      }
      if (form === "lifted") this.#heat.add(this.#lifted(input, f, z));
    }
  }

  dispose(): void {
    this.#heatScope.dispose();
    this.#scope.dispose();
    this.group.removeFromParent();
  }

  #lifted(input: SpaceInput, f: number, z: number): Mesh {
    const { positions, colors, indices } = liftedSurface(input, this.layout, f);
    const geometry = this.#heatScope.own(new BufferGeometry());
    geometry.setAttribute("position", new BufferAttribute(positions, 3));
    geometry.setAttribute("color", new BufferAttribute(colors, 4));
    geometry.setIndex(new BufferAttribute(indices, 1));
    // Cold parts are left out altogether, so that a peak may hide what is behind it.
    const options = { vertexColors: true, transparent: true, side: DoubleSide, alphaTest: 0.04 };
    const surface = mesh(geometry, this.#heatScope.own(new MeshBasicMaterial(options)), z, LAYERS.heat);
    surface.name = `height field ${f}`;
    return surface;
  }

  #imageMaterial(map: Texture): MeshBasicMaterial {
    const material = flat(map);
    material.onBeforeCompile = (shader) => {
      shader.uniforms.muted = this.#muted;
      shader.fragmentShader = shader.fragmentShader
        .replace("uniform vec3 diffuse;", "uniform vec3 diffuse;\nuniform float muted;")
        .replace(
          "#include <map_fragment>",
          `#include <map_fragment>
          diffuseColor.rgb = mix(diffuseColor.rgb, vec3(dot(diffuseColor.rgb, vec3(0.2126, 0.7152, 0.0722))), muted);`,
        );
    };
    return material;
  }
}

/** Nothing in the block writes depth but threads: frames are painted in order, and what is behind one shows through. */
const flat = (map: Texture) => new MeshBasicMaterial({ map, transparent: true, depthWrite: false, side: DoubleSide });

/** A plane whose texture's first row is on top, as ImageBitmaps and token rows come. */
function uprightPlane({ width, height }: BlockLayout): PlaneGeometry {
  const plane = new PlaneGeometry(width, height);
  const uv = plane.getAttribute("uv");
  for (let i = 0; i < uv.count; i++) uv.setY(i, 1 - uv.getY(i));
  return plane;
}

function outlineOf({ width, height }: BlockLayout): BufferGeometry {
  const [x, y] = [width / 2, height / 2];
  return new BufferGeometry().setFromPoints([
    new Vector3(-x, -y, 0),
    new Vector3(x, -y, 0),
    new Vector3(x, y, 0),
    new Vector3(-x, y, 0),
  ]);
}

function pictureTexture(image: ImageBitmap): Texture {
  const texture = new Texture(image);
  texture.colorSpace = SRGBColorSpace;
  texture.flipY = false;
  // Frames are mostly seen from the side and small.
  texture.minFilter = LinearMipmapLinearFilter;
  texture.needsUpdate = true;
  return texture;
}
