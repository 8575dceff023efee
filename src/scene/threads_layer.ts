import {
  BackSide,
  BufferAttribute,
  BufferGeometry,
  Color,
  CylinderGeometry,
  DoubleSide,
  FrontSide,
  Group,
  MeshBasicMaterial,
  OctahedronGeometry,
  RingGeometry,
  SphereGeometry,
  TorusGeometry,
  Vector3,
} from "three";
import { mergeGeometries } from "three/examples/jsm/utils/BufferGeometryUtils.js";
import { type Shot, shotAround } from "../figure/cuts.ts";
import { LAYERS, type Layer, mesh, place, Scope } from "./kit.ts";
import { type BlockLayout, gapOf, pointOf } from "./layout.ts";
import type { SpaceInput, Thread } from "./space_input.ts";
import { type Spread, spreadsOf, sureness } from "./spread.ts";
import { beadsOf, type Surface, sweepGap } from "./sweep.ts";
import type { SceneTheme } from "./theme.ts";

/** Sizes in longer sides of a frame. */
const CORE = 0.007;
const BEAD = 0.013;
const BEAD_SPACING = 0.055;
const BEST = 0.017;
const WIRE = 0.0028;
/** Opacity of a thread where nothing is known: the path can still be followed. */
const FAINTEST = 0.3;
/** Standard deviations of the nested clouds. */
const CLOUDS = [1, 0.5] as const;

/** The cores, clouds and points of all threads, the truth's wires, and the query's own cell. Made anew when any of them moves. */
export class ThreadsLayer implements Layer {
  readonly group = new Group();
  readonly #scope = new Scope();
  readonly #layout: BlockLayout;

  constructor(input: SpaceInput, layout: BlockLayout, theme: SceneTheme) {
    this.#layout = layout;
    for (const thread of input.threads) {
      const color = coloured(thread, theme);
      this.#queryCell(thread, color);
      if (!input.showPaths) continue;
      const spreads = spreadsOf(thread.probabilities, input.grid);
      const shot = shotAround(input.cuts, thread.query[0], input.grid.F);
      this.#clouds(thread, spreads, color, shot);
      this.#core(thread, spreads, color, shot);
      this.#best(thread, color, theme, shot);
    }
    for (const truth of input.truths) this.#truth(truth, theme, input.cuts);
  }

  dispose(): void {
    this.#scope.dispose();
    this.group.removeFromParent();
  }

  #clouds({ form, name }: Thread, spreads: readonly Spread[], color: Color, { from: first, to }: Shot): void {
    const material = this.#scope.own(cloudMaterial(color));
    for (const sigmas of CLOUDS) {
      for (let f = first; f + 1 < to; f++) {
        const surface = sweepGap(this.#layout, spreads[f], spreads[f + 1], f, sigmas, form === "beaded");
        const cloud = mesh(this.#scope.own(geometryOf(surface)), material, this.#zOf(f + 0.5), LAYERS.thread);
        cloud.name = `${name} ${sigmas}σ, frames ${f} to ${f + 1}`;
        this.group.add(cloud);
      }
    }
  }

  /** A rod for a teacher, a string of beads for a student; bright where the distribution is sharp. */
  #core(thread: Thread, spreads: readonly Spread[], color: Color, shot: Shot): void {
    const rod = this.#scope.own(new CylinderGeometry(CORE, CORE, 1, 10, 1, true));
    const bead = new SphereGeometry(BEAD, 12, 8);
    for (let f = shot.from; f + 1 < shot.to; f++) {
      const [from, to] = [spreads[f], spreads[f + 1]];
      const sure = (sureness(from, this.#layout) + sureness(to, this.#layout)) / 2;
      const material = this.#scope.own(
        new MeshBasicMaterial({ color, transparent: true, opacity: FAINTEST + (1 - FAINTEST) * sure ** 2 }),
      );
      const z = this.#zOf(f + 0.5);
      if (thread.form === "solid") {
        const part = mesh(rod, material, z, LAYERS.thread);
        this.#stretch(part, from, to, f);
        this.group.add(part);
      } else {
        const at = beadsOf(this.#layout, from, to, f, BEAD_SPACING);
        this.group.add(mesh(this.#scope.own(repeated(bead, at)), material, z, LAYERS.thread));
      }
    }
    bead.dispose();
  }

  /** The best matches: balls for a teacher, diamonds for a student, with a rim that parts them from the heat. */
  #best({ best, form, name }: Thread, color: Color, theme: SceneTheme, { from, to }: Shot): void {
    const { W } = this.#layout;
    const geometry = this.#scope.own(
      form === "solid" ? new SphereGeometry(BEST, 16, 12) : new OctahedronGeometry(BEST * 1.25),
    );
    const material = this.#scope.own(new MeshBasicMaterial({ color: color.clone().lerp(new Color("#ffffff"), 0.35) }));
    const rim = this.#scope.own(new MeshBasicMaterial({ color: theme.ground, side: BackSide }));
    for (let f = from; f < to; f++) {
      const { x, y, z } = pointOf(this.#layout, f, Math.floor(best[f] / W), best[f] % W);
      const point = mesh(geometry, material, z, LAYERS.mark);
      point.position.set(x, y, z);
      point.name = `${name} best match, frame ${f}`;
      // Of a larger copy only the inside is drawn, so that it shows around the point and never before it.
      const around = mesh(geometry, rim, z, LAYERS.mark);
      around.position.copy(point.position);
      around.scale.setScalar(1.4);
      this.group.add(point, around);
    }
  }

  #queryCell({ query: [f, row, col], form }: Thread, color: Color): void {
    if (form === "beaded") return;
    const { width, height, W, H } = this.#layout;
    // A ring of four segments is a square frame; its corners lie on the radius.
    const frame = this.#scope.own(new RingGeometry(Math.SQRT1_2, Math.SQRT1_2 * 1.5, 4, 1, Math.PI / 4));
    const cell = mesh(frame, this.#scope.own(new MeshBasicMaterial({ color, side: DoubleSide })), 0, LAYERS.mark);
    const { x, y, z } = pointOf(this.#layout, f, row, col);
    cell.position.set(x, y, z);
    cell.scale.set(width / W, height / H, 1);
    cell.name = "query";
    this.group.add(place(cell, z, LAYERS.mark));
  }

  /** A thin wire with a ring in each frame where the thing is in sight; where it is hidden, and at a cut, the wire breaks. */
  #truth(truth: Float32Array, theme: SceneTheme, cuts: readonly number[]): void {
    const { F, W, width } = this.#layout;
    const material = this.#scope.own(new MeshBasicMaterial({ color: theme.ink }));
    const radius = Math.max(1.1 * (width / W), 0.03);
    const ring = this.#scope.own(new TorusGeometry(radius, 0.0045, 8, 40));
    const wire = this.#scope.own(new CylinderGeometry(WIRE, WIRE, 1, 6, 1, true));
    const at = (f: number) => ({ row: truth[2 * f], col: truth[2 * f + 1] });
    const known = (f: number) => f < F && !Number.isNaN(truth[2 * f]);
    for (let f = 0; f < F; f++) {
      if (!known(f)) continue;
      const { x, y, z } = pointOf(this.#layout, f, at(f).row, at(f).col);
      const mark = mesh(ring, material, z, LAYERS.mark);
      mark.position.set(x, y, z);
      mark.name = `truth, frame ${f}`;
      this.group.add(mark);
      if (!known(f + 1) || cuts.includes(f + 1)) continue;
      const part = mesh(wire, material, this.#zOf(f + 0.5), LAYERS.thread);
      part.name = `truth, frames ${f} to ${f + 1}`;
      this.#stretch(part, at(f), at(f + 1), f);
      this.group.add(part);
    }
  }

  readonly #zOf = (frame: number) => pointOf(this.#layout, frame, 0, 0).z;

  /** Lays a unit cylinder from a position of frame `f` to one of the next. */
  #stretch(part: ReturnType<typeof mesh>, from: RowCol, to: RowCol, f: number): void {
    const start = pointOf(this.#layout, f, from.row, from.col);
    const end = pointOf(this.#layout, f + 1, to.row, to.col);
    const along = new Vector3(end.x - start.x, end.y - start.y, -gapOf(this.#layout));
    part.position.set((start.x + end.x) / 2, (start.y + end.y) / 2, (start.z + end.z) / 2);
    part.scale.y = along.length();
    part.quaternion.setFromUnitVectors(new Vector3(0, 1, 0), along.normalize());
  }
}

interface RowCol {
  readonly row: number;
  readonly col: number;
}

/** A student is nearer to the page's ink than its teacher: the colour says which query, the lightness which side. */
function coloured({ color, form }: Thread, theme: SceneTheme): Color {
  const own = new Color(color);
  return form === "solid" ? own : own.lerp(new Color(theme.ink), 0.45);
}

function geometryOf({ positions, normals, alphas, indices }: Surface): BufferGeometry {
  const colors = new Float32Array(4 * alphas.length).fill(1);
  alphas.forEach((alpha, i) => {
    colors[4 * i + 3] = alpha;
  });
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(positions, 3));
  geometry.setAttribute("normal", new BufferAttribute(normals, 3));
  geometry.setAttribute("color", new BufferAttribute(colors, 4));
  geometry.setIndex(new BufferAttribute(indices, 1));
  return geometry;
}

/**
 * A cloud is denser where the eye looks through more of it: through a round tube the way is as long as the normal faces the
 * eye, so alpha falls off towards the silhouette and no outline shows.
 */
function cloudMaterial(color: Color): MeshBasicMaterial {
  const options = { color, vertexColors: true, transparent: true, depthWrite: false, side: FrontSide };
  const material = new MeshBasicMaterial(options);
  material.onBeforeCompile = (shader) => {
    shader.vertexShader = shader.vertexShader
      .replace("void main() {", "varying vec3 vOut;\nvarying vec3 vEye;\nvoid main() {")
      .replace(
        "#include <project_vertex>",
        "#include <project_vertex>\nvOut = normalMatrix * normal;\nvEye = -mvPosition.xyz;",
      );
    shader.fragmentShader = shader.fragmentShader
      .replace("void main() {", "varying vec3 vOut;\nvarying vec3 vEye;\nvoid main() {")
      .replace(
        "#include <color_fragment>",
        "#include <color_fragment>\ndiffuseColor.a *= abs(dot(normalize(vOut), normalize(vEye)));",
      );
  };
  return material;
}

/** One geometry of many copies: a draw for each gap instead of one for each bead. */
function repeated(shape: BufferGeometry, at: Float32Array): BufferGeometry {
  const copies: BufferGeometry[] = [];
  for (let i = 0; i < at.length; i += 3) copies.push(shape.clone().translate(at[i], at[i + 1], at[i + 2]));
  const merged = mergeGeometries(copies);
  for (const copy of copies) copy.dispose();
  return merged;
}
