/** The block as files: a picture with a transparent ground, a model, and a turntable. */
import { copyOf } from "../figure/kept.ts";
import { loadPart } from "../site/files.ts";
import type { Recording } from "../video/record.ts";
import type { BlockPicture } from "./block_drawing.ts";
import type { Label } from "./labels.ts";
import { PAPER_THEME } from "./theme.ts";
import type { SpaceTimeView } from "./view.ts";

/** Of the turntable: 6 seconds once round. */
const TURN = { frames: 180, framesPerSecond: 30 } as const;

/** A picture of the view as it stands, labels included, nothing behind it. */
export async function pngFile(view: SpaceTimeView, width: number, height: number): Promise<Blob> {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  await view.lend(width, height, async (draw) => compose(canvas, draw(), view, null));
  return new Promise((resolve, reject) =>
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error("the picture could not be encoded"))),
      "image/png",
    ),
  );
}

/** Pixels across of the block in a figure: 600 dots an inch on a single column, 340 on both. */
const PRINTED_PX = 2400;

/** The view as it stands, for a figure: as wide to its height as on the screen. It stays so, whatever becomes of the view. */
export async function blockPicture(view: SpaceTimeView): Promise<BlockPicture> {
  const { width, height } = view.size;
  return view.lend(PRINTED_PX, Math.round((PRINTED_PX * height) / width), async (draw) => ({
    picture: copyOf(draw()),
    labelsAt: view.keptLabels(),
  }));
}

/** Frames, heat, threads and truth as a binary glTF, in the colours for paper. The clouds' soft edge is a shader's and is not in it. */
export async function glbFile(view: SpaceTimeView): Promise<Blob> {
  const { GLTFExporter } = await loadPart(
    "the exporter of models",
    () => import("three/examples/jsm/exporters/GLTFExporter.js"),
  );
  const { width, height } = view.size;
  const model = await view.lend(width, height, (draw) => {
    // The canvas has been cleared: so the block is seen while its model is made.
    draw();
    return new GLTFExporter().parseAsync(view.scene, { binary: true });
  });
  if (!(model instanceof ArrayBuffer)) throw new Error("the exporter gave JSON where a binary was asked for");
  return new Blob([model], { type: "model/gltf-binary" });
}

interface TurntableOptions {
  readonly width: number;
  readonly height: number;
  readonly onProgress: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

/** Once round the block from where it is seen now, on white: video has no transparency that plays everywhere. */
export async function turntableFile(view: SpaceTimeView, options: TurntableOptions): Promise<Recording> {
  const { width, height, onProgress, signal } = options;
  const { record } = await loadPart("the video encoder", () => import("../video/record.ts"));
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const { eye } = view.eye;
  return view.lend(width, height, (draw) =>
    record(canvas, {
      ...TURN,
      onProgress,
      signal,
      draw(i) {
        view.eye.circle(eye, i / TURN.frames);
        compose(canvas, draw(), view, PAPER_THEME.ground);
      },
    }),
  );
}

/** Draws the block and its labels on a canvas of any size. @param ground null: transparent */
function compose(
  canvas: HTMLCanvasElement,
  picture: HTMLCanvasElement,
  view: SpaceTimeView,
  ground: string | null,
): void {
  const { width, height } = canvas;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("a 2D canvas could not be made");
  context.clearRect(0, 0, width, height);
  if (ground) {
    context.fillStyle = ground;
    context.fillRect(0, 0, width, height);
  }
  context.drawImage(picture, 0, 0);
  // As large on the picture as they are on a screen of 720 lines; on a small one they can still be read.
  const scale = Math.max(1, Math.min(width, height) / 720);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  for (const label of view.labelsAt(width / scale, height / scale)) write(context, label);
  context.setTransform(1, 0, 0, 1, 0, 0);
}

function write(context: CanvasRenderingContext2D, { text, x, y, strong }: Label): void {
  context.font = `${strong ? 600 : 400} 13px ui-sans-serif, system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineWidth = 3;
  context.lineJoin = "round";
  context.strokeStyle = PAPER_THEME.ground;
  context.strokeText(text, x, y);
  context.fillStyle = PAPER_THEME.ink;
  context.fillText(text, x, y);
}
