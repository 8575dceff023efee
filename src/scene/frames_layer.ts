import {
  BufferGeometry,
  Group,
  LinearMipmapLinearFilter,
  LineBasicMaterial,
  LineLoop,
  type Mesh,
  type MeshBasicMaterial,
  SRGBColorSpace,
  Texture,
  Vector3,
  type WebGLRenderer,
} from "three";
import { flat, LAYERS, type Layer, mesh, place, Scope, uprightPlane } from "./kit.ts";
import { type BlockLayout, pointOf } from "./layout.ts";
import type { SceneTheme } from "./theme.ts";

/** Share of its colour that a frame loses below heat, so that the heat is the colour one sees. */
const MUTED = 0.7;

/** The frames of the clip as planes. */
export class FramesLayer implements Layer {
  readonly group = new Group();
  readonly #scope = new Scope();
  readonly #images: Mesh[] = [];
  readonly #edges: LineLoop[] = [];
  readonly #imageMaterials: MeshBasicMaterial[] = [];
  readonly #muted = { value: 0 };

  /** Takes the pictures onto the GPU at once: the store may close them with the next clip. */
  constructor(
    renderer: WebGLRenderer,
    images: readonly ImageBitmap[],
    readonly layout: BlockLayout,
  ) {
    const plane = this.#scope.own(uprightPlane(layout));
    const outline = this.#scope.own(outlineOf(layout));
    images.slice(0, layout.F).forEach((image, f) => {
      const { z } = pointOf(layout, f, 0, 0);
      const texture = this.#scope.own(pictureTexture(image));
      if (image.width > 0) renderer.initTexture(texture);
      const material = this.#scope.own(this.#imageMaterial(texture));
      const picture = mesh(plane, material, z, LAYERS.image);
      picture.userData.frame = f;
      picture.name = `frame ${f}`;
      const edge = place(new LineLoop(outline, this.#scope.own(new LineBasicMaterial())), z, LAYERS.edge);
      for (const object of [picture, edge]) object.position.z = z;
      this.#images.push(picture);
      this.#imageMaterials.push(material);
      this.#edges.push(edge);
      this.group.add(picture, edge);
    });
  }

  /** What a pointer can hit; `userData.frame` says which frame it is. */
  get planes(): readonly Mesh[] {
    return this.#images;
  }

  /**
   * @param shown the frame that is playing or being flown through; the query's own is outlined too
   * @param heated whether heat lies on the frames
   */
  style(theme: SceneTheme, opacity: number, queryFrame: number, shown: number | null, heated: boolean): void {
    this.#muted.value = heated ? MUTED : 0;
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

  dispose(): void {
    this.#scope.dispose();
    this.group.removeFromParent();
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
