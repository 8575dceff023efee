/** Point tracks, and the table that they are saved as: what the page needs of them without their readers. */

/** N points in each of the clip's T frames. Pixels are the clip's, continuous: the middle of its first pixel is at 0.5. */
export interface PointTracks {
  /** [N] */
  readonly names: readonly string[];
  readonly frames: number;
  /** x, y in pixels, [N, T, 2]; NaN where nobody said where the point is. */
  readonly xy: Float32Array<ArrayBuffer>;
  /** [N, T]: 1 where the point is seen. */
  readonly visible: Uint8Array<ArrayBuffer>;
}

export const TRACK_COLUMNS = ["track", "frame", "x", "y", "visible"] as const;

/** The table that `tracksOfCsv` reads, with every place that is known. */
export function tracksCsv({ names, frames, xy, visible }: PointTracks): string {
  const lines: string[] = [TRACK_COLUMNS.join(",")];
  for (const [n, name] of names.entries()) {
    const quoted = /[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
    for (let f = 0; f < frames; f++) {
      const at = n * frames + f;
      const [x, y] = [xy[2 * at], xy[2 * at + 1]];
      if (Number.isNaN(x)) continue;
      lines.push([quoted, f, Number(x.toFixed(3)), Number(y.toFixed(3)), visible[at]].join(","));
    }
  }
  return `${lines.join("\n")}\n`;
}
