import type { Eye, OrbitEye } from "../../scene/eye.ts";
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

/** Of one press on + or −. */
const ZOOMS: Readonly<Record<string, number>> = { "+": 1.25, "=": 1.25, "-": 0.8, _: 0.8 };

/**
 * Moves the camera as the user asks, out of a flight too: it ends first, or its end would undo the move and leave it in the link.
 * @returns whether it moved: while a file is made of the block it does not
 */
function moveEye(view: SpaceTimeView, move: (eye: OrbitEye) => void): boolean {
  if (view.lent) return false;
  view.endFlight();
  move(view.eye);
  return true;
}

/** Turns to a point of view with the block in the middle; the link follows. */
function lookFrom(view: SpaceTimeView, eye: Eye): boolean {
  const moved = moveEye(view, (own) => own.turnTo(eye));
  if (moved) setSettings({ eye });
  return moved;
}

/** Said of a key or its button that does nothing while a file is made of the block. */
export const WAITS = "a file is being made of the block: the camera waits for it";

/** What a key, or the button of the same name, does to the camera. @returns what is said of it; undefined for keys that mean nothing here */
export function cameraKey(view: SpaceTimeView, key: string, flying: boolean): string | undefined {
  if (key === "g" || (key === "Escape" && flying)) {
    if (view.lent) return WAITS;
    view.toggleFlight();
    return flying ? "flight ended" : "flying along the thread";
  }
  const fixed = EYES.find(([letter]) => letter === key);
  if (fixed) return lookFrom(view, fixed[2]) ? fixed[3] : WAITS;
  const move = moveOf(key);
  if (!move) return undefined;
  if (!moveEye(view, move)) return WAITS;
  const [around, above, zoom] = view.eye.eye;
  return `seen from ${around} degrees round and ${above} above, zoom ${zoom} percent`;
}

function moveOf(key: string): ((eye: OrbitEye) => void) | undefined {
  const [azimuth, elevation] = TURNS[key] ?? [];
  const [across, upright] = PANS[key] ?? [];
  const factor = ZOOMS[key];
  if (azimuth !== undefined && elevation !== undefined) return (eye) => eye.turnBy(azimuth, elevation);
  if (across !== undefined && upright !== undefined) return (eye) => eye.panBy(across, upright);
  if (factor !== undefined) return (eye) => eye.zoomBy(factor);
  return undefined;
}
