import type { Eye } from "../../scene/eye.ts";
import type { SpaceTimeView } from "../../scene/view.ts";
import { DEFAULTS, setSettings } from "../../state/settings.ts";

/** The fixed points of view: key, name on the button, where from, what is said of it. */
export const EYES: readonly (readonly [key: string, name: string, eye: Eye, said: string])[] = [
  ["h", "Angle", DEFAULTS.eye, "seen at an angle"],
  ["f", "Front", [0, 0, 100], "seen from the front: frames behind one another"],
  ["s", "Side", [90, 0, 100], "seen from the side: time from left to right, rows from top to bottom"],
  ["t", "Top", [90, 90, 100], "seen from the top: time from left to right, columns from top to bottom"],
];

/** Degrees, and share of the picture's height, of one press. */
const TURN = 8;
const PAN = 0.06;

/** Turns the block by degrees: to its right and up over it. */
const TURNS: Readonly<Record<string, readonly [azimuth: number, elevation: number]>> = {
  j: [-TURN, 0],
  l: [TURN, 0],
  i: [0, TURN],
  k: [0, -TURN],
};
/** The same with Shift moves it across the picture. */
const PANS: Readonly<Record<string, readonly [across: number, upright: number]>> = {
  J: [-PAN, 0],
  L: [PAN, 0],
  I: [0, PAN],
  K: [0, -PAN],
};

/** Turns to a point of view with the block in the middle; the link follows. */
export function lookFrom(view: SpaceTimeView, eye: Eye): void {
  view.eye.turnTo(eye);
  setSettings({ eye });
}

/** What a key does to the camera. @returns what is said of it; undefined for keys that mean nothing here */
export function cameraKey(view: SpaceTimeView, key: string, flying: boolean): string | undefined {
  if (key === "g" || (key === "Escape" && flying)) {
    view.toggleFlight();
    return flying ? "flight ended" : "flying along the thread";
  }
  const fixed = EYES.find(([letter]) => letter === key);
  if (fixed) {
    lookFrom(view, fixed[2]);
    return fixed[3];
  }
  const [azimuth, elevation] = TURNS[key] ?? [];
  const [across, upright] = PANS[key] ?? [];
  if (azimuth !== undefined && elevation !== undefined) view.eye.turnBy(azimuth, elevation);
  else if (across !== undefined && upright !== undefined) view.eye.panBy(across, upright);
  else if (key === "+" || key === "=") view.eye.zoomBy(1.25);
  else if (key === "-" || key === "_") view.eye.zoomBy(0.8);
  else return undefined;
  const [around, above, zoom] = view.eye.eye;
  return `seen from ${around} degrees round and ${above} above, zoom ${zoom} percent`;
}
