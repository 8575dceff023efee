import type { Progress } from "../../state/session.ts";

const STAGES = {
  opening: "Opening the clip",
  surveying: "Looking for shots and motion",
  decoding: "Decoding",
  downloading: "Loading the encoder",
  "starting-model": "Starting the encoder",
  encoding: "Encoding",
} as const;

/** "Loading the encoder, 1.2 of 2.6 MB" */
export function progressText({ stage, done, total, unit }: Progress): string {
  const name = STAGES[stage];
  if (unit === "bytes") return `${name}, ${(done / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`;
  if (unit === "frames") return `${name}, frame ${done} of ${total}`;
  return `${name} …`;
}
