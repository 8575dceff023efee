import { type Mesh, Scene, type WebGLRenderer } from "three";
import { FramesLayer } from "./frames_layer.ts";
import { type HeatForm, HeatLayer } from "./heat_layer.ts";
import type { Layer } from "./kit.ts";
import { type BlockLayout, blockLayout } from "./layout.ts";
import type { SpaceInput, Thread } from "./space_input.ts";
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

/** What the block shows now. */
export interface Shown {
  readonly input: SpaceInput;
  readonly look: Look;
  readonly layout: BlockLayout;
}

/** The scene of the block, kept up to date with as little work as a change needs. */
export class Block {
  readonly scene = new Scene();
  readonly #renderer: WebGLRenderer;
  #shown: Shown | null = null;
  #frames: FramesLayer | null = null;
  #heat: HeatLayer | null = null;
  #threads: ThreadsLayer | null = null;

  constructor(renderer: WebGLRenderer) {
    this.#renderer = renderer;
  }

  get shown(): Shown | null {
    return this.#shown;
  }

  /** What a pointer can hit; `userData.frame` says which frame it is. */
  get planes(): readonly Mesh[] {
    return this.#frames?.planes ?? [];
  }

  /** Makes anew what differs from before. @returns whether there is anything new to see, and whether the block has another shape */
  show(input: SpaceInput, look: Look): { readonly changed: boolean; readonly reshaped: boolean } {
    const before = this.#shown;
    const reshaped = before === null || !sameShape(before, input, look);
    const layout = reshaped ? blockLayout(input.grid, input.aspect, look.depth) : before.layout;
    this.#shown = { input, look, layout };
    if (reshaped) this.#frames = this.#replace(this.#frames, new FramesLayer(this.#renderer, input.images, layout));
    const heat = reshaped || !sameHeat(before, input, look);
    if (heat) this.#heat = this.#replace(this.#heat, new HeatLayer(input, layout, look.heat));
    const threads = reshaped || !samePaths(before, input, look);
    if (threads) this.#threads = this.#replace(this.#threads, new ThreadsLayer(input, layout, look.theme));
    // A setting of another view, or a temperature whose answer is still under way, changes nothing.
    return { changed: heat || threads || !sameStyle(before, input, look), reshaped };
  }

  /** @param flown the frame that a flight is at */
  style(flown: number | null): void {
    if (!this.#shown) return;
    const { input, look } = this.#shown;
    const frame = flown ?? look.shown;
    this.#frames?.style(look.theme, look.opacity, input.heat.query[0], frame, look.heat !== "off");
  }

  dispose(): void {
    for (const layer of [this.#frames, this.#heat, this.#threads]) layer?.dispose();
  }

  #replace<T extends Layer>(old: T | null, made: T): T {
    old?.dispose();
    this.scene.add(made.group);
    return made;
  }
}

const sameShape = ({ input: old, look: { depth } }: Shown, { images, aspect, grid }: SpaceInput, look: Look) =>
  old.images === images &&
  old.aspect === aspect &&
  old.grid.F === grid.F &&
  old.grid.H === grid.H &&
  old.grid.W === grid.W &&
  depth === look.depth;

const sameHeat = ({ input: old, look: { heat } }: Shown, input: SpaceInput, look: Look) =>
  sameValues(old.heat.probabilities, input.heat.probabilities) &&
  old.scale === input.scale &&
  old.mask === input.mask &&
  heat === look.heat;

const samePaths = ({ input: old, look: { theme } }: Shown, input: SpaceInput, look: Look) =>
  theme === look.theme &&
  old.showPaths === input.showPaths &&
  String(old.cuts) === String(input.cuts) &&
  old.threads.length === input.threads.length &&
  old.threads.every((thread, i) => sameThread(thread, input.threads[i])) &&
  old.truths.length === input.truths.length &&
  old.truths.every((truth, i) => sameValues(truth, input.truths[i]));

const sameStyle = ({ input: old, look: { opacity, shown, theme } }: Shown, input: SpaceInput, look: Look) =>
  opacity === look.opacity && shown === look.shown && theme === look.theme && old.heat.query[0] === input.heat.query[0];

const sameThread = (a: Thread, b: Thread) =>
  a.color === b.color && a.form === b.form && sameValues(a.probabilities, b.probabilities);

/** Whether two arrays are the same part of the same reply. */
const sameValues = (a: Float32Array, b: Float32Array) =>
  a.buffer === b.buffer && a.byteOffset === b.byteOffset && a.length === b.length;
