/** The space-time block on a canvas: what `SpaceTime.tsx` opens. It draws when something changed, and at no other time. */
import { Raycaster, Scene, Vector2, WebGLRenderer } from "three";
import type { TokenRef } from "../worker/protocol.ts";
import { type Eye, OrbitEye } from "./eye.ts";
import { flightPose, fly } from "./flight.ts";
import { FramesLayer, type HeatForm } from "./frames_layer.ts";
import { orderByDepth } from "./kit.ts";
import { LabelOverlay, placeLabels } from "./labels.ts";
import { type BlockLayout, blockLayout, tokenAtPoint } from "./layout.ts";
import type { SpaceInput, Thread } from "./space_input.ts";
import { spreadsOf } from "./spread.ts";
import type { SceneTheme } from "./theme.ts";
import { ThreadsLayer } from "./threads_layer.ts";

/** How the block is drawn. */
export interface Look {
  readonly heat: HeatForm;
  readonly depth: number;
  readonly opacity: number;
  /** The frame that is playing. */
  readonly shown: number | null;
  readonly theme: SceneTheme;
}

interface ViewOptions {
  /** Takes the canvas and the pointer. */
  readonly host: HTMLElement;
  readonly labels: HTMLElement;
  readonly eye: Eye;
  /** A gesture or a key has moved the camera, and it is at rest again. */
  readonly onEye: (eye: Eye) => void;
  /** A flight has begun or ended. */
  readonly onFlight: (flying: boolean) => void;
  /** The WebGL context is gone, or is back. */
  readonly onContext: (lost: boolean) => void;
}

/** @throws Error where there is no WebGL */
export class SpaceTimeView {
  readonly scene = new Scene();
  readonly eye: OrbitEye;
  readonly #options: ViewOptions;
  readonly #renderer: WebGLRenderer;
  readonly #labels: LabelOverlay;
  readonly #observer: ResizeObserver;
  readonly #listeners = new AbortController();
  #size = { width: 1, height: 1 };
  #shown: { input: SpaceInput; look: Look; layout: BlockLayout } | null = null;
  #frames: FramesLayer | null = null;
  #threads: ThreadsLayer | null = null;
  #pending = 0;
  #renders = 0;
  #stopFlight: (() => void) | null = null;
  #flightFrame: number | null = null;
  #lent = false;
  #gone = false;

  constructor(options: ViewOptions) {
    this.#options = options;
    const { host } = options;
    this.#renderer = new WebGLRenderer({ alpha: true, antialias: true, powerPreference: "high-performance" });
    const canvas = this.#renderer.domElement;
    host.append(canvas);
    this.#renderer.setPixelRatio(Math.min(devicePixelRatio, 2));
    this.#renderer.setClearAlpha(0);
    this.#labels = new LabelOverlay(options.labels);
    this.eye = new OrbitEye(canvas, () => this.#invalidate(), options.onEye);
    this.#observer = new ResizeObserver(() => this.#resize());
    this.#observer.observe(host);
    this.#listen(canvas);
  }

  /** Shows the input as it is now; only what differs from before is made again. */
  show(input: SpaceInput, look: Look): void {
    const before = this.#shown;
    const { images, grid, aspect } = input;
    const sameBlock =
      before !== null &&
      before.input.images === images &&
      before.input.aspect === aspect &&
      before.input.grid.F === grid.F &&
      before.input.grid.H === grid.H &&
      before.input.grid.W === grid.W &&
      before.look.depth === look.depth;
    const layout = sameBlock ? before.layout : blockLayout(grid, aspect, look.depth);
    const first = before === null;
    if (!sameBlock) this.#stopFlight?.();
    this.#shown = { input, look, layout };
    if (!sameBlock || !this.#frames) {
      this.#frames?.dispose();
      this.#frames = new FramesLayer(this.#renderer, images, layout);
      this.scene.add(this.#frames.group);
      this.#resize();
    }
    if (first) this.eye.turnTo(this.#options.eye);
    const sameHeat =
      sameBlock &&
      sameValues(before.input.heat.probabilities, input.heat.probabilities) &&
      before.input.scale === input.scale &&
      before.input.mask === input.mask &&
      before.look.heat === look.heat;
    if (!sameHeat) this.#frames.paint(input, look.heat);
    const samePaths =
      sameBlock &&
      before.look.theme === look.theme &&
      sameThreads(before.input.threads, input.threads) &&
      before.input.truths.length === input.truths.length &&
      input.truths.every((truth, i) => sameValues(before.input.truths[i], truth));
    if (!samePaths) {
      this.#threads?.dispose();
      this.#threads = new ThreadsLayer(input, layout, look.theme);
      this.scene.add(this.#threads.group);
    }
    this.#style();
    this.#invalidate();
  }

  /** The token under a point of the page, on the frame that is in front there. */
  pick(clientX: number, clientY: number): TokenRef | undefined {
    if (!this.#shown || !this.#frames) return undefined;
    const box = this.#renderer.domElement.getBoundingClientRect();
    const at = new Vector2(((clientX - box.left) / box.width) * 2 - 1, 1 - ((clientY - box.top) / box.height) * 2);
    const ray = new Raycaster();
    ray.setFromCamera(at, this.eye.camera);
    const [hit] = ray.intersectObjects([...this.#frames.planes], false);
    if (!hit) return undefined;
    const [row, col] = tokenAtPoint(this.#shown.layout, hit.point.x, hit.point.y);
    return [Number(hit.object.userData.frame), row, col];
  }

  /** Starts the flight along the heat's thread, or ends the one under way. */
  toggleFlight(): void {
    if (this.#stopFlight) {
      this.#stopFlight();
      return;
    }
    if (!this.#shown) return;
    const { input, layout } = this.#shown;
    const before = this.eye.eye;
    const spreads = spreadsOf(input.heat.probabilities, input.grid);
    this.eye.enabled = false;
    this.#options.onFlight(true);
    const show = (at: number) => {
      const { position, target, frame } = flightPose(layout, spreads, at);
      this.eye.stand(position, target);
      this.#flightFrame = frame;
      this.#style();
      this.#invalidate();
    };
    const done = () => {
      this.#stopFlight = null;
      this.#flightFrame = null;
      this.eye.enabled = true;
      this.eye.turnTo(before);
      this.#style();
      this.#options.onFlight(false);
    };
    this.#stopFlight = fly(layout.F, matchMedia("(prefers-reduced-motion: reduce)").matches, show, done);
  }

  /**
   * Lends the canvas out for pictures of another size, each `draw`n when asked for; nothing is painted on the screen meanwhile.
   * Each picture is on the view's own canvas, on a transparent ground: copy it before the next.
   */
  async lend<T>(width: number, height: number, use: (draw: () => HTMLCanvasElement) => Promise<T>): Promise<T> {
    if (!this.#shown || this.#lent) throw new Error("the view is not ready for a picture: wait for the one under way");
    this.#stopFlight?.();
    const { layout } = this.#shown;
    const before = this.eye.eye;
    this.#lent = true;
    this.eye.enabled = false;
    this.#renderer.setPixelRatio(1);
    this.#renderer.setSize(width, height, false);
    this.eye.resize(layout, width, height);
    try {
      return await use(() => {
        this.#draw();
        return this.#renderer.domElement;
      });
    } finally {
      this.#lent = false;
      this.eye.enabled = true;
      this.#renderer.setPixelRatio(Math.min(devicePixelRatio, 2));
      this.#resize();
      this.eye.turnTo(before, false);
    }
  }

  /** The labels as they lie on a picture of this size. */
  labelsAt(width: number, height: number) {
    if (!this.#shown) return [];
    const { input, look, layout } = this.#shown;
    const strong = new Set([input.heat.query[0], this.#flightFrame ?? look.shown ?? input.heat.query[0]]);
    return placeLabels(layout, input.timesS, this.eye.camera, { width, height }, strong);
  }

  /** Asks the browser for a lost context again. */
  restoreContext(): void {
    this.#renderer.forceContextRestore();
  }

  /** Frees everything, the WebGL context included. */
  dispose(): void {
    this.#gone = true;
    this.#listeners.abort();
    this.#observer.disconnect();
    cancelAnimationFrame(this.#pending);
    this.#stopFlight?.();
    cancelAnimationFrame(this.#pending);
    this.#frames?.dispose();
    this.#threads?.dispose();
    this.eye.dispose();
    this.#labels.clear();
    this.#renderer.dispose();
    // A browser keeps only 16 contexts, and a collected canvas gives its one back much later.
    this.#renderer.forceContextLoss();
    this.#renderer.domElement.remove();
  }

  #listen(canvas: HTMLCanvasElement): void {
    const { signal } = this.#listeners;
    const { host, onContext } = this.#options;
    canvas.addEventListener("webglcontextlost", () => onContext(true), { signal });
    canvas.addEventListener(
      "webglcontextrestored",
      () => {
        onContext(false);
        this.#invalidate();
      },
      { signal },
    );
    // The wheel belongs to the page until the figure was chosen: else a page could not be scrolled past it.
    const wheel = (event: WheelEvent) => {
      this.eye.wheelZooms = event.ctrlKey || host.contains(document.activeElement);
    };
    host.addEventListener("wheel", wheel, { signal, capture: true, passive: true });
  }

  #style(): void {
    if (!this.#shown || !this.#frames) return;
    const { input, look } = this.#shown;
    this.#frames.style(look.theme, look.opacity, input.heat.query[0], this.#flightFrame ?? look.shown);
  }

  #resize(): void {
    const { clientWidth, clientHeight } = this.#options.host;
    if (!this.#shown || this.#lent || clientWidth === 0 || clientHeight === 0) return;
    this.#size = { width: clientWidth, height: clientHeight };
    this.#renderer.setSize(clientWidth, clientHeight);
    this.eye.resize(this.#shown.layout, clientWidth, clientHeight);
    // Setting the size has cleared the canvas: a blank picture must not be shown in between.
    cancelAnimationFrame(this.#pending);
    this.#paint();
  }

  #invalidate(): void {
    if (this.#pending === 0 && !this.#lent) this.#pending = requestAnimationFrame(() => this.#paint());
  }

  #paint(): void {
    this.#pending = 0;
    if (this.#lent || this.#gone) return;
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
    orderByDepth(this.scene, this.eye.camera.position.z);
    this.#renderer.render(this.scene, this.eye.camera);
  }
}

/** Whether two arrays are the same part of the same reply. */
const sameValues = (a: Float32Array, b: Float32Array) =>
  a.buffer === b.buffer && a.byteOffset === b.byteOffset && a.length === b.length;

const sameThreads = (a: readonly Thread[], b: readonly Thread[]) =>
  a.length === b.length &&
  a.every((one, i) => {
    const other = b[i];
    return one.color === other.color && one.form === other.form && sameValues(one.probabilities, other.probabilities);
  });
