import { type Camera, Vector3 } from "three";
import { type BlockLayout, pointOf } from "./layout.ts";

export interface Label {
  readonly frame: number;
  readonly text: string;
  /** Pixels from the left and the top of the picture, where the text's middle goes. */
  readonly x: number;
  readonly y: number;
  /** Of the frame that the query is in, or that is on show. */
  readonly strong: boolean;
}

/** Room that a label needs to be read. */
const ROOM = { across: 74, upright: 17 } as const;

/**
 * Where the frames' labels go: below the lower corner that faces the camera. Of labels that would cover each other the
 * strong ones and then those nearer to the camera stay.
 *
 * @param strong frames whose label matters most
 */
export function placeLabels(
  layout: BlockLayout,
  timesS: readonly number[],
  camera: Camera,
  size: { readonly width: number; readonly height: number },
  strong: ReadonlySet<number>,
): Label[] {
  const { x: across, y: above, z: along } = camera.position;
  const side = across >= 0 ? layout.W - 0.5 : -0.5;
  // From high up the lower edge is behind the frame: there the upper one is in front.
  const edge = above > 1.5 * Math.hypot(across, along) ? -0.5 : layout.H - 0.5;
  const candidates = Array.from({ length: layout.F }, (_, frame) => {
    const { x, y, z } = pointOf(layout, frame, edge, side);
    const at = new Vector3(x, y, z);
    const distance = at.distanceTo(camera.position);
    at.project(camera);
    const label: Label = {
      frame,
      text: `${frame} · ${timesS[frame].toFixed(2)} s`,
      x: ((at.x + 1) / 2) * size.width,
      y: ((1 - at.y) / 2) * size.height + 12,
      strong: strong.has(frame),
    };
    return { label, distance, behind: at.z > 1 };
  });
  const inside = ({ x, y }: Label) => x > 8 && y > 8 && x < size.width - 8 && y < size.height - 4;
  const kept: Label[] = [];
  const first = candidates
    .filter(({ label, behind }) => !behind && inside(label))
    .sort((a, b) => Number(b.label.strong) - Number(a.label.strong) || a.distance - b.distance);
  for (const { label } of first) {
    const free = kept.every(({ x, y }) => Math.abs(x - label.x) > ROOM.across || Math.abs(y - label.y) > ROOM.upright);
    if (free) kept.push(label);
  }
  return kept;
}

/** The same for a picture that is kept: on any size of it, wherever the camera goes afterwards. */
export function keptLabels(
  layout: BlockLayout,
  timesS: readonly number[],
  camera: Camera,
  strong: ReadonlySet<number>,
): (width: number, height: number) => Label[] {
  const still = camera.clone();
  return (width, height) => placeLabels(layout, timesS, still, { width, height }, strong);
}

/** The labels as elements over the canvas: text that stays sharp, and moves by transform. */
export class LabelOverlay {
  readonly #spans: HTMLElement[] = [];

  constructor(readonly host: HTMLElement) {}

  show(labels: readonly Label[]): void {
    while (this.#spans.length < labels.length) this.#spans.push(this.host.appendChild(document.createElement("span")));
    this.#spans.forEach((span, i) => {
      const label = labels[i];
      span.hidden = label === undefined;
      if (!label) return;
      if (span.textContent !== label.text) span.textContent = label.text;
      span.dataset.strong = String(label.strong);
      span.style.transform = `translate(${label.x.toFixed(1)}px, ${label.y.toFixed(1)}px) translate(-50%, -50%)`;
    });
  }

  clear(): void {
    this.host.replaceChildren();
    this.#spans.length = 0;
  }
}
