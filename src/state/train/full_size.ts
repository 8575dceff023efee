/** Runs at full size that the user opened: scale/train.py's metrics.jsonl, on show beside the page's own runs until it is closed. */
import { create } from "zustand";
import { type MetricsPoint, readMetrics } from "../../formats/metrics_file.ts";
import { setSettings } from "../settings.ts";
import { setTraining } from "./store.ts";

export interface FullSizeRun {
  /** The page's number for it, from 1. */
  readonly number: number;
  readonly fileName: string;
  readonly points: readonly MetricsPoint[];
  /** Whether the charts draw it. */
  readonly drawn: boolean;
}

export const useFullSize = create<{ readonly runs: readonly FullSizeRun[] }>(() => ({ runs: [] }));

const change = (to: (runs: readonly FullSizeRun[]) => readonly FullSizeRun[]) =>
  useFullSize.setState(({ runs }) => ({ runs: to(runs) }));

let opened = 0;

/** Reads a run's metrics and shows it in Train; says there what is wrong with a file that is none. */
export async function openMetrics(file: File): Promise<void> {
  setSettings({ view: "train", learns: "projector" });
  try {
    const points = readMetrics(await file.text());
    opened++;
    change((runs) => [...runs, { number: opened, fileName: file.name, points, drawn: true }]);
    setTraining({ notice: null });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    setTraining({ notice: `“${file.name}” holds no curves of a run at full size: ${why}.` });
  }
}

export const drawFullSize = (number: number, drawn: boolean): void =>
  change((runs) => runs.map((run) => (run.number === number ? { ...run, drawn } : run)));

export const closeFullSize = (number: number): void => change((runs) => runs.filter((run) => run.number !== number));
