import { PerspectiveCamera, Spherical, Vector3 } from "three";
import { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";
import { EYE_RANGES } from "../state/settings.ts";
import { type BlockLayout, cornersOf, extentOf, fitDistance, type Point } from "./layout.ts";

/** Degrees round the block (0 from the front, 90 from the right), degrees above it, and nearness in percent. */
export type Eye = readonly [azimuth: number, elevation: number, zoom: number];

/** A calm lens: close to a drawing, and still with depth. */
const LENS = 26;
/** Straight down the azimuth would be lost. */
const STEEPEST = 89.9;
/** A little air around the block; room for labels below it. */
const AIR = 1.16;

const RADIANS = Math.PI / 180;

const heldZoom = (percent: number): number => Math.min(Math.max(percent, EYE_RANGES.zoom[0]), EYE_RANGES.zoom[1]);

/** The camera round the block, moved by pointer, touch, wheel and keys. Nothing moves by itself: no damping. */
export class OrbitEye {
  readonly camera = new PerspectiveCamera(LENS, 1, 0.01, 200);
  readonly #controls: OrbitControls;
  readonly #onRest: (eye: Eye) => void;
  #layout: BlockLayout | null = null;
  #zoom = 1;

  /** @param onMove a picture is due. @param onRest a gesture has ended */
  constructor(element: HTMLElement, onMove: () => void, onRest: (eye: Eye) => void) {
    this.#controls = new OrbitControls(this.camera, element);
    this.#onRest = onRest;
    this.#controls.zoomSpeed = 0.8;
    this.#controls.addEventListener("change", () => {
      this.#holdZoom();
      this.#centre();
      onMove();
    });
    this.#controls.addEventListener("end", () => {
      this.#zoom = this.#fit() / this.#distance();
      onRest(this.eye);
    });
  }

  get eye(): Eye {
    const round = (value: number) => Math.round(value) || 0;
    const elevation = 90 - this.#controls.getPolarAngle() / RADIANS;
    return [round(this.#controls.getAzimuthalAngle() / RADIANS), round(elevation), round(this.#zoom * 100)];
  }

  /** Whether pointer, touch and wheel move the camera. */
  set enabled(on: boolean) {
    this.#controls.enabled = on;
  }

  /** Whether the wheel zooms, or is left to the page to scroll. */
  set wheelZooms(on: boolean) {
    this.#controls.enableZoom = on;
  }

  /** Keeps the direction and how much of the picture the block fills. */
  resize(layout: BlockLayout, width: number, height: number): void {
    const { eye } = this;
    const first = this.#layout === null;
    this.#layout = layout;
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    if (!first) this.turnTo(eye, false);
  }

  /** @param recentre also undoes panning */
  turnTo([azimuth, elevation, zoom]: Eye, recentre = true): void {
    if (recentre) this.#controls.target.set(0, 0, 0);
    const steep = Math.min(Math.max(elevation, -STEEPEST), STEEPEST);
    this.#zoom = zoom / 100;
    const offset = new Vector3().setFromSpherical(new Spherical(1, (90 - steep) * RADIANS, azimuth * RADIANS));
    this.camera.position.copy(this.#controls.target).add(offset);
    this.camera.lookAt(this.#controls.target);
    this.camera.updateMatrixWorld();
    this.camera.position.copy(this.#controls.target).addScaledVector(offset, this.#fit() / this.#zoom);
    this.#controls.update();
    this.#centre();
  }

  /** Takes note of where the camera stands, what was panned included. @returns what puts it back there, wherever it went meanwhile */
  hold(): () => void {
    const { eye } = this;
    const target = this.#controls.target.clone();
    return () => {
      this.#controls.target.copy(target);
      this.turnTo(eye, false);
    };
  }

  /** Turns by degrees, as keys do. */
  turnBy(azimuth: number, elevation: number): void {
    const [a, e, zoom] = this.eye;
    const around = ((((a + azimuth + 180) % 360) + 360) % 360) - 180;
    this.turnTo([around, Math.min(Math.max(e + elevation, -90), 90), zoom], false);
    this.#onRest(this.eye);
  }

  zoomBy(factor: number): void {
    const [azimuth, elevation, zoom] = this.eye;
    this.turnTo([azimuth, elevation, heldZoom(zoom * factor)], false);
    this.#onRest(this.eye);
  }

  /** Moves the block across the picture, in shares of the picture's height. */
  panBy(across: number, upright: number): void {
    const tall = 2 * this.#distance() * Math.tan((LENS / 2) * RADIANS);
    const [right, up] = [new Vector3(), new Vector3()];
    this.camera.matrixWorld.extractBasis(right, up, new Vector3());
    const move = right.multiplyScalar(-across * tall).addScaledVector(up, -upright * tall);
    this.#controls.target.add(move);
    this.camera.position.add(move);
    this.#controls.update();
  }

  /** Puts the camera on a circle round the block, as far away as any point of the circle needs: the block does not swell. */
  circle([azimuth, elevation, zoom]: Eye, share: number): void {
    let distance = 0;
    for (let degrees = 0; degrees < 180; degrees += 10) {
      this.turnTo([azimuth + degrees, elevation, zoom], false);
      distance = Math.max(distance, this.#distance());
    }
    this.turnTo([azimuth + 360 * share, elevation, zoom], false);
    const { target } = this.#controls;
    this.camera.position.sub(target).setLength(distance).add(target);
    this.#centre();
  }

  /** Puts the camera anywhere at all, as a flight does; what `hold` returned ends it. */
  stand(position: Point, target: Point): void {
    this.camera.clearViewOffset();
    this.camera.position.set(position.x, position.y, position.z);
    this.camera.lookAt(target.x, target.y, target.z);
  }

  dispose(): void {
    this.#controls.dispose();
  }

  /** A wheel and two fingers come no nearer, and go no farther away, than a link can say. */
  #holdZoom(): void {
    if (!this.#layout) return;
    this.camera.updateMatrixWorld();
    const fit = this.#fit();
    const percent = (100 * fit) / this.#distance();
    if (percent === heldZoom(percent)) return;
    const { target } = this.#controls;
    this.camera.position
      .sub(target)
      .setLength((100 * fit) / heldZoom(percent))
      .add(target);
  }

  readonly #distance = () => this.camera.position.distanceTo(this.#controls.target);

  /** The distance from which, looking the way it looks now, all of the block is in sight. */
  #fit(): number {
    if (!this.#layout) return 1;
    const [right, up, back] = [new Vector3(), new Vector3(), new Vector3()];
    this.camera.matrixWorld.extractBasis(right, up, back);
    const upright = (2 * Math.tan((LENS / 2) * RADIANS)) / AIR;
    const tangents = { upright, across: upright * this.camera.aspect };
    return fitDistance(cornersOf(this.#layout), { right, up, forward: back.negate() }, tangents);
  }

  /**
   * Shifts the lens so that the block, seen in perspective, is in the middle of the picture; the point that it turns about
   * stays its own middle. What was panned stays panned.
   */
  #centre(): void {
    if (!this.#layout) return;
    this.camera.updateMatrixWorld();
    const [right, up, back] = [new Vector3(), new Vector3(), new Vector3()];
    this.camera.matrixWorld.extractBasis(right, up, back);
    const view = { right, up, forward: back.negate() };
    const extent = extentOf(cornersOf(this.#layout), view, this.#distance());
    const tall = 2 * Math.tan((LENS / 2) * RADIANS);
    const [x, y] = [(extent.left + extent.right) / 2, (extent.bottom + extent.top) / 2];
    // Inside the block there is no middle.
    if (!Number.isFinite(x) || !Number.isFinite(y)) return;
    const [width, height] = [1000 * this.camera.aspect, 1000];
    this.camera.setViewOffset(width, height, (x / tall) * height, (-y / tall) * height, width, height);
  }
}
