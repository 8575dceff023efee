/** Undo of what the user did to the settings, queries among them. What is merely looked at, a view or a frame, is no step. */
import { create } from "zustand";
import { type Settings, useSettings } from "./settings.ts";

/** Ways of looking, and what comes with a clip: going back over them would be a surprise. */
const NOT_STEPS: ReadonlySet<keyof Settings> = new Set([
  "view",
  "stage",
  "frame",
  "focusRow",
  "wipeRow",
  "eye",
  "showCurve",
  "active",
]);

/** Changes of the same settings that come faster than this are one step: a drag. */
const ONE_STEP_MS = 700;
const MOST_STEPS = 100;

interface Step {
  readonly before: Partial<Settings>;
  readonly after: Partial<Settings>;
}

interface History {
  readonly done: readonly Step[];
  readonly undone: readonly Step[];
}

export const useHistory = create<History>(() => ({ done: [], undone: [] }));

/** While it is true a change of the settings is no step. */
let passing = false;

const NONE = { keys: "", atMs: Number.NEGATIVE_INFINITY };
/** What changed last, and when: a drag may go on with it. */
let last = NONE;

/** Starts to remember. Called once, when the page loads. */
export function startHistory(): void {
  useSettings.subscribe((now, before) => {
    if (passing) return;
    // Another clip: what was done to the one before is over.
    if (now.clip !== before.clip) {
      useHistory.setState({ done: [], undone: [] });
      last = NONE;
      return;
    }
    const changed = (Object.keys(now) as (keyof Settings)[]).filter((key) => now[key] !== before[key]);
    const steps = changed.filter((key) => !NOT_STEPS.has(key));
    if (steps.length === 0) return;
    // A query that is moved takes the active one and the frame along.
    const keys = changed.filter((key) => steps.includes(key) || key === "active" || key === "frame");
    const step = { before: picked(before, keys), after: picked(now, keys) };
    const name = steps.join();
    const { done } = useHistory.getState();
    const goesOn = name === last.keys && performance.now() - last.atMs < ONE_STEP_MS && done.length > 0;
    const previous = done[done.length - 1];
    const kept = goesOn
      ? [...done.slice(0, -1), { before: { ...step.before, ...previous.before }, after: step.after }]
      : [...done, step];
    useHistory.setState({ done: kept.slice(-MOST_STEPS), undone: [] });
    last = { keys: name, atMs: performance.now() };
  });
}

function picked(settings: Settings, keys: readonly (keyof Settings)[]): Partial<Settings> {
  return Object.fromEntries(keys.map((key) => [key, settings[key]])) as Partial<Settings>;
}

/** Takes the last step back. @returns false where there is none */
export function undo(): boolean {
  const { done, undone } = useHistory.getState();
  const step = done[done.length - 1];
  if (!step) return false;
  move(step.before);
  useHistory.setState({ done: done.slice(0, -1), undone: [...undone, step] });
  return true;
}

/** Does again what was taken back last. @returns false where there is nothing */
export function redo(): boolean {
  const { done, undone } = useHistory.getState();
  const step = undone[undone.length - 1];
  if (!step) return false;
  move(step.after);
  useHistory.setState({ done: [...done, step], undone: undone.slice(0, -1) });
  return true;
}

function move(to: Partial<Settings>): void {
  // Not by setSettings: these were coherent when they were there.
  noStep(() => useSettings.setState(to));
  // What comes next begins a step of its own, however soon.
  last = NONE;
}

/** A change that the page makes by itself: Ctrl+Z passes over it. */
export function noStep(change: () => void): void {
  passing = true;
  try {
    change();
  } finally {
    passing = false;
  }
}
