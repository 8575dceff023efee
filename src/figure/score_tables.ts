import { encoderTraits, type Scored } from "../worker/protocol.ts";

const COLUMNS = [
  "encoder",
  "grid",
  "by",
  "tau",
  "delta_1",
  "delta_2",
  "delta_4",
  "delta_8",
  "delta_16",
  "delta_mean",
  "within_one_token",
  "points",
  "places",
];

/** Scores of point tracks, a line for each encoder and τ; deltas are TAP-Vid's, in pixels of 256×256. */
export function scoresCsv(all: readonly Scored[]): string {
  const lines = all.flatMap(({ encoder, grid: { F, H, W }, scores, tracks, counted }) =>
    scores.map(({ by, within, mean, token }) => {
      const name = `"${encoderTraits(encoder).name.replaceAll('"', '""')}"`;
      const tau = typeof by === "number" ? by : "";
      const how = typeof by === "number" ? "soft" : by;
      return [name, `${F}x${H}x${W}`, how, tau, ...within, mean, token, tracks, counted].join(",");
    }),
  );
  return `${[COLUMNS.join(","), ...lines].join("\n")}\n`;
}

/** The same with the frames in which the points were looked for. */
export function scoresJson(all: readonly Scored[]): string {
  const rows = all.map(({ encoder, grid: { F, H, W }, frames, scores, tracks, counted }) => ({
    encoder,
    name: encoderTraits(encoder).name,
    grid: [F, H, W],
    frames: frames.map(({ index, timeS }) => ({ index, time_s: timeS })),
    convention: "TAP-Vid, query first, pixels of 256x256, occlusion left out",
    points: tracks,
    places: counted,
    scores: scores.map(({ by, within, mean, token }) => ({
      by: typeof by === "number" ? "soft" : by,
      tau: typeof by === "number" ? by : null,
      delta: within,
      delta_mean: mean,
      within_one_token: token,
    })),
  }));
  return `${JSON.stringify(rows, null, 1)}\n`;
}
