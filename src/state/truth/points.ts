/** Point tracks that are marked by hand: each change makes new ones. */
import type { PointTracks } from "../../worker/protocol.ts";

/** With a point of track `n` in a frame; a track that is not there yet is added. */
export function withPoint(tracks: PointTracks, n: number, frame: number, x: number, y: number): PointTracks {
  const grown = n < tracks.names.length ? copied(tracks) : withTracks(tracks, n + 1);
  const at = n * tracks.frames + frame;
  grown.xy.set([x, y], 2 * at);
  grown.visible[at] = 1;
  return grown;
}

/** Without the point of track `n` in a frame. */
export function withoutPoint(tracks: PointTracks, n: number, frame: number): PointTracks {
  const left = copied(tracks);
  const at = n * tracks.frames + frame;
  left.xy.fill(Number.NaN, 2 * at, 2 * at + 2);
  left.visible[at] = 0;
  return left;
}

export function withoutTrack({ names, frames, xy, visible }: PointTracks, n: number): PointTracks {
  const rest = <T extends Float32Array | Uint8Array>(values: T, each: number) =>
    [...values.subarray(0, n * each), ...values.subarray((n + 1) * each)] as const;
  return {
    names: names.filter((_, i) => i !== n),
    frames,
    xy: Float32Array.from(rest(xy, 2 * frames)),
    visible: Uint8Array.from(rest(visible, frames)),
  };
}

const copied = ({ names, frames, xy, visible }: PointTracks): PointTracks => ({
  names,
  frames,
  xy: xy.slice(),
  visible: visible.slice(),
});

function withTracks({ names, frames, xy, visible }: PointTracks, N: number): PointTracks {
  const more = {
    names: [...names],
    frames,
    xy: new Float32Array(2 * N * frames).fill(Number.NaN),
    visible: new Uint8Array(N * frames),
  };
  more.xy.set(xy);
  more.visible.set(visible);
  while (more.names.length < N) more.names.push(freeName(more.names));
  return more;
}

/** A number that no track has: those of a file keep theirs. */
function freeName(names: readonly string[]): string {
  let n = names.length;
  while (names.includes(String(n))) n++;
  return String(n);
}

/** Frames in which a track has a point, and points in all. */
export const pointCount = ({ visible }: PointTracks): number => visible.reduce((sum, seen) => sum + seen, 0);
