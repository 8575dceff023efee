import { useLayoutEffect, useRef } from "react";

/** A decoded frame, drawn once. */
export function Thumbnail({ image, left }: { readonly image: ImageBitmap; readonly left?: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    // A bitmap that was closed since has size 0: its clip is on the way out.
    if (context && image.width > 0) context.drawImage(image, 0, 0);
  }, [image]);
  return <canvas ref={canvas} width={image.width} height={image.height} style={{ left }} />;
}
