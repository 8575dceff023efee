import type { VideoSample } from "mediabunny";
import type { Surface } from "./resize.ts";

/**
 * Puts a decoded frame onto the whole of a surface, turned and mirrored as the file says. Where it is transparent it shows black, and
 * not the frame before it.
 */
export function paint(frame: VideoSample, { canvas, context }: Surface): void {
  context.fillStyle = "#000000";
  context.fillRect(0, 0, canvas.width, canvas.height);
  frame.draw(context, 0, 0, canvas.width, canvas.height);
}
