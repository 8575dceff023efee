import { csvWith, type Origin, provenance } from "../formats/provenance.ts";
import { encoderTraits, type Scored, type TrackScore } from "../worker/protocol.ts";

const COLUMNS = [
  "encoder_name",
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

type AtTau = TrackScore & { readonly by: number };

/** An encoder's score at τ, or at the τ nearest to it in equal ratios; none where no τ was asked for. */
export function scoreNear({ scores }: Pick<Scored, "scores">, tau: number): AtTau | undefined {
  const away = ({ by }: AtTau) => Math.abs(Math.log(by / tau));
  return scores.filter((score): score is AtTau => typeof score.by === "number").sort((a, b) => away(a) - away(b))[0];
}

/** Scores of point tracks, a line for each encoder and τ; deltas are TAP-Vid's, in pixels of 256×256. */
export function scoresCsv(all: readonly Scored[], originOf: (scored: Scored) => Origin): string {
  const lines = all.flatMap(({ encoder, grid: { F, H, W }, scores, tracks, counted }) =>
    scores.map(({ by, within, mean, token }) => {
      const { name } = encoderTraits(encoder);
      const tau = typeof by === "number" ? by : "";
      const how = typeof by === "number" ? "soft" : by;
      return [name, `${F}x${H}x${W}`, how, tau, ...within, mean, token, tracks, counted];
    }),
  );
  const of = all.flatMap((scored) => scored.scores.map(() => scored));
  return csvWith(COLUMNS, lines, (line) => originOf(of[line]));
}

/** The same with the frames in which the points were looked for. */
export function scoresJson(all: readonly Scored[], originOf: (scored: Scored) => Origin): string {
  const now = new Date();
  const rows = all.map((scored) => rowOf(scored, provenance(originOf(scored), now)));
  return `${JSON.stringify(rows, null, 1)}\n`;
}

function rowOf({ encoder, grid: { F, H, W }, frames, scores, tracks, counted }: Scored, from: object) {
  return {
    provenance: from,
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
  };
}
