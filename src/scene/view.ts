/** The space-time block on a canvas: what `SpaceTime.tsx` opens. It draws when something changed, and at no other time. */
import { Raycaster, type Scene, Vector2, type WebGLRenderer } from "three";
import { shotAround } from "../figure/cuts.ts";
import type { TokenRef } from "../worker/protocol.ts";
import { Block, type Look, type Shown } from "./block.ts";
import { type Eye, OrbitEye } from "./eye.ts";
import { flightPose, fly } from "./flight.ts";
import { orderByDepth } from "./kit.ts";
import { keptLabels, type Label, LabelOverlay, placeLabels } from "./labels.ts";
import { tokenAtPoint } from "./layout.ts";
import { Pictures } from "./pictures.ts";
import { isLost, keepPrograms, parkRenderer, takeRenderer } from "./renderer.ts";
import type { SpaceInput } from "./space_input.ts";
import { spreadsOf } from "./spread.ts";
import { PAPER_THEME } from "./theme.ts";

interface ViewOptions {
  /** Takes the canvas and the pointer. */
  readonly host: HTMLElement;
  readonly labels: HTMLElement;
  readonly eye: Eye;
  /** A gesture or a key has moved the camera, and it is at rest again. */
  readonly onEye: (eye: Eye) => void;
  /** The camera has moved, by itself too. */
  readonly onMove: () => void;
  /** A flight has begun or ended. */
  readonly onFlight: (flying: boolean) => void;
  /** The canvas is lent out, or is back. */
  readonly onLent: (lent: boolean) => void;
  /** The WebGL context is gone, or is back. */
  readonly onContext: (lost: boolean) => void;
}

/** @throws Error where there is no WebGL */
export class SpaceTimeView {
  readonly eye: OrbitEye;
  readonly #options: ViewOptions;
  readonly #renderer: WebGLRenderer;
  readonly #block: Block;
  readonly #pictures = new Pictures((share) => this.#paint(share));
  readonly #labels: LabelOverlay;
  readonly #observer: ResizeObserver;
  readonly #listeners = new AbortController();
  #size = { width: 1, height: 1 };
  #renders = 0;
  #stopFlight: (() => void) | null = null;
  #flightFrame: number | null = null;
  #lent = false;
  #look: Look | null = null;
  #gone = false;

  constructor(options: ViewOptions) {
    this.#options = options;
    const { host } = options;
    this.#renderer = takeRenderer();
    const canvas = this.#renderer.domElement;
    host.append(canvas);
    this.#block = new Block(this.#renderer);
    this.#labels = new LabelOverlay(options.labels);
    this.eye = new OrbitEye(canvas, () => this.#moved(), options.onEye);
    this.#observer = new ResizeObserver(() => this.#resize());
    this.#observer.observe(host);
    this.#listen(canvas);
  }

  /** Shows the input as it is now; only what differs from before is made again. */
  show(input: SpaceInput, look: Look): void {
    const first = this.#block.shown === null;
    this.#look = look;
    const { changed, reshaped } = this.#block.show(input, this.#lent ? { ...look, theme: PAPER_THEME } : look);
    if (!changed) return;
    if (reshaped) {
      this.endFlight();
      this.#fit();
      // The next picture does it too, but the pointer may rest on the block: it picks before that.
      this.#block.scene.updateMatrixWorld();
    }
    if (first) this.eye.turnTo(this.#options.eye);
    this.#block.style(this.#flightFrame);
    if (!this.#lent) this.#pictures.ask();
  }

  /** All of the block, for a file. */
  get scene(): Scene {
    return this.#block.scene;
  }

  /** The token under a point of the page, on the frame that is in front there. */
  pick(clientX: number, clientY: number): TokenRef | undefined {
    const { shown } = this.#block;
    if (!shown) return undefined;
    const box = this.#renderer.domElement.getBoundingClientRect();
    const at = new Vector2(((clientX - box.left) / box.width) * 2 - 1, 1 - ((clientY - box.top) / box.height) * 2);
    const ray = new Raycaster();
    ray.setFromCamera(at, this.eye.camera);
    const [hit] = ray.intersectObjects([...this.#block.planes], false);
    if (!hit) return undefined;
    const [row, col] = tokenAtPoint(shown.layout, hit.point.x, hit.point.y);
    return [Number(hit.object.userData.frame), row, col];
  }

  /** What is shown, in the colours of where it goes. */
  #recolour(): void {
    const { shown } = this.#block;
    if (!shown || !this.#look) return;
    this.#block.show(shown.input, this.#lent ? { ...this.#look, theme: PAPER_THEME } : this.#look);
    this.#block.style(this.#flightFrame);
  }

  /** Whether the canvas is lent out: the camera is where the file wants it. */
  get lent(): boolean {
    return this.#lent;
  }

  /** Ends the flight under way: the camera is back where it was before it. @returns whether there was one */
  endFlight(): boolean {
    const flying = this.#stopFlight !== null;
    this.#stopFlight?.();
    return flying;
  }

  /** Starts the flight along the heat's thread, or ends the one under way. While the canvas is lent out there is none. */
  toggleFlight(): void {
    if (this.endFlight()) return;
    const { shown } = this.#block;
    if (!shown || this.#lent) return;
    const { layout, input } = shown;
    const shot = shotAround(input.cuts, input.heat.query[0], layout.F);
    const back = this.eye.hold();
    this.eye.enabled = false;
    this.#options.onFlight(true);
    const show = (at: number) => {
      // As the thread is now: the temperature may be dragged in flight. One that lies in another shot by now is not followed.
      const { heat, grid, cuts } = (this.#block.shown ?? shown).input;
      const now = shotAround(cuts, heat.query[0], layout.F);
      if (now.from !== shot.from || now.to !== shot.to) {
        this.endFlight();
        return;
      }
      const { position, target, frame } = flightPose(layout, spreadsOf(heat.probabilities, grid), shot, at);
      this.eye.stand(position, target);
      this.#flightFrame = frame;
      this.#block.style(this.#flightFrame);
      this.#moved();
    };
    const done = () => {
      this.#stopFlight = null;
      this.#flightFrame = null;
      this.eye.enabled = true;
      back();
      this.#block.style(this.#flightFrame);
      this.#options.onFlight(false);
    };
    this.#stopFlight = fly(shot, matchMedia("(prefers-reduced-motion: reduce)").matches, show, done);
  }

  /**
   * Lends the canvas out for pictures of another size, each `draw`n when asked for; nothing is painted on the screen meanwhile.
   * Each picture is on the view's own canvas, on a transparent ground, in the colours for paper: copy it before the next. The
   * scene has those colours, too, and no flight's mark.
   */
  async lend<T>(width: number, height: number, use: (draw: () => HTMLCanvasElement) => Promise<T>): Promise<T> {
    const { shown } = this.#block;
    if (!shown || this.#lent) throw new Error("the view is not ready for a picture: wait for the one under way");
    this.endFlight();
    const back = this.eye.hold();
    this.#lent = true;
    this.#options.onLent(true);
    this.#recolour();
    this.#pictures.stop();
    this.eye.enabled = false;
    this.#renderer.setPixelRatio(1);
    this.#renderer.setSize(width, height, false);
    this.eye.resize(shown.layout, width, height);
    try {
      return await use(() => {
        if (this.#gone) throw new DOMException("the view was closed", "AbortError");
        this.#draw();
        // Nothing is drawn then, and the picture would be an empty one.
        if (isLost(this.#renderer))
          throw new Error("the drawing context was lost: wait until the block is back, or open it again");
        return this.#renderer.domElement;
      });
    } finally {
      this.#lent = false;
      if (!this.#gone) {
        this.#options.onLent(false);
        this.#recolour();
        this.eye.enabled = true;
        this.#resize();
        back();
      }
    }
  }

  /** Of the picture on the screen, in CSS pixels. */
  get size(): { readonly width: number; readonly height: number } {
    const { clientWidth: width, clientHeight: height } = this.#renderer.domElement;
    return { width, height };
  }

  /** The labels as they lie on a picture of this size. */
  labelsAt(width: number, height: number): Label[] {
    const { shown } = this.#block;
    if (!shown) return [];
    return placeLabels(shown.layout, shown.input.timesS, this.eye.camera, { width, height }, this.#strong(shown));
  }

  /** The labels as they lie now on pictures of any size. */
  keptLabels(): (width: number, height: number) => Label[] {
    const { shown } = this.#block;
    return shown ? keptLabels(shown.layout, shown.input.timesS, this.eye.camera, this.#strong(shown)) : () => [];
  }

  /** Frames whose labels matter most: the query's, and the one on show. */
  #strong({ input, look }: Shown): ReadonlySet<number> {
    const [queried] = input.heat.query;
    return new Set([queried, this.#flightFrame ?? look.shown ?? queried]);
  }

  /** Frees everything that was made for this view; the renderer is parked for the next one. */
  dispose(): void {
    this.#gone = true;
    this.#listeners.abort();
    this.#observer.disconnect();
    this.endFlight();
    this.#pictures.stop();
    this.#block.dispose();
    this.eye.dispose();
    this.#labels.clear();
    parkRenderer(this.#renderer);
  }

  #listen(canvas: HTMLCanvasElement): void {
    const { signal } = this.#listeners;
    const { host, onContext } = this.#options;
    canvas.addEventListener("webglcontextlost", () => onContext(true), { signal });
    canvas.addEventListener(
      "webglcontextrestored",
      () => {
        onContext(false);
        this.#pictures.ask();
      },
      { signal },
    );
    // The wheel belongs to the page until the figure was chosen: else a page could not be scrolled past it.
    const wheel = (event: WheelEvent) => {
      this.eye.wheelZooms = event.ctrlKey || host.contains(document.activeElement);
    };
    host.addEventListener("wheel", wheel, { signal, capture: true, passive: true });
    // Two fingers zoom, whatever a wheel was last told.
    const touch = () => {
      this.eye.wheelZooms = true;
    };
    host.addEventListener("pointerdown", touch, { signal, capture: true });
  }

  /** Takes the size of the host and the shape of the block. @returns whether there is anything to see */
  #fit(): boolean {
    const { clientWidth: width, clientHeight: height } = this.#options.host;
    const { shown } = this.#block;
    if (!shown || this.#lent || width === 0 || height === 0) return false;
    this.#size = { width, height };
    this.#renderer.setSize(width, height);
    this.eye.resize(shown.layout, width, height);
    return true;
  }

  #resize(): void {
    if (!this.#fit()) return;
    // Setting the size has cleared the canvas: a blank picture must not be shown in between.
    this.#pictures.drawNow();
  }

  #moved(): void {
    this.#options.onMove();
    if (!this.#lent) this.#pictures.askMoving();
  }

  #paint(share: number): void {
    if (this.#lent || this.#gone) return;
    const ratio = share * Math.min(devicePixelRatio, 2);
    if (this.#renderer.getPixelRatio() !== ratio) this.#renderer.setPixelRatio(ratio);
    this.#draw();
    this.#labels.show(this.labelsAt(this.#size.width, this.#size.height));
    // Read by tests: nothing may be drawn while nothing changes, and nothing may pile up.
    const { geometries, textures } = this.#renderer.info.memory;
    Object.assign(this.#options.host.dataset, {
      renders: String(++this.#renders),
      memory: `${geometries} ${textures}`,
    });
  }

  #draw(): void {
    const { scene } = this.#block;
    orderByDepth(scene, this.eye.camera.position.z);
    this.#renderer.render(scene, this.eye.camera);
    keepPrograms(this.#renderer);
  }
}
