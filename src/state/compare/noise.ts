/** In which noise Compare's student is looked at: the shipped one by the settings, the user's own by what its id says. */
import { blocksOf, inNoise, isTrainedId, type Noising, noisingOf } from "../../worker/protocol.ts";
import { chooseStudentEncoder } from "../sampling.ts";
import { type Settings, setSettings, usePicked, useSettings } from "../settings.ts";

type NoiseSettings = Pick<Settings, "studentEncoder" | "noiseT" | "block" | "given" | "noiseSeed">;

/** null where the student is no diffusion student. */
export function studentNoising({ studentEncoder, noiseT: t, block, given, noiseSeed }: NoiseSettings): Noising | null {
  if (isTrainedId(studentEncoder)) return noisingOf({ encoder: studentEncoder });
  return blocksOf(studentEncoder) && { t, block, given, seed: noiseSeed };
}

export const useNoising = (): Noising | null =>
  studentNoising(usePicked("studentEncoder", "noiseT", "block", "given", "noiseSeed"));

export function changeNoise(change: Partial<Noising>): void {
  const settings = useSettings.getState();
  const { studentEncoder } = settings;
  if (isTrainedId(studentEncoder)) {
    chooseStudentEncoder(inNoise(studentEncoder, change));
    return;
  }
  const now = studentNoising(settings);
  if (!now) return;
  const { t: noiseT, block, given, seed: noiseSeed } = { ...now, ...change };
  setSettings({ noiseT, block, given, noiseSeed });
}
