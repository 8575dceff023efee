import { type KeyboardEvent, type PointerEvent, useId, useRef, useState } from "react";
import { spaceSentence } from "../../scene/path_words.ts";
import type { SpaceInput } from "../../scene/space_input.ts";
import type { TokenRef } from "../../worker/protocol.ts";
import { cameraKey } from "./keys.ts";
import { type Place, useReadout } from "./readout.ts";
import css from "./SpaceTime.module.css";
import { SpaceTimeBar } from "./SpaceTimeBar.tsx";
import { SpaceTimeControls } from "./SpaceTimeControls.tsx";
import { SpaceTimeLegend } from "./SpaceTimeLegend.tsx";
import { SpaceTimePanel } from "./SpaceTimePanel.tsx";
import { useSpaceTimeView } from "./view.ts";

export interface SpaceTimeProps {
  readonly input: SpaceInput;
  /** What exported files are called. */
  readonly name: string;
  /** A token of a frame was clicked. */
  readonly onPick: (token: TokenRef) => void;
  /** The same with Shift. */
  readonly onAdd?: (token: TokenRef) => void;
  /** A key that is none of the camera's; true when it meant something. */
  readonly onKey: (key: string, shift: boolean) => boolean;
}

const LABEL =
  "Space-time block: the frames as planes along the time axis, and the query's path through them. Arrow keys move the query, Shift with left and right its frame; I, J, K and L turn the block, with Shift they move it; plus and minus zoom; F, S and T look from the front, the side and the top, H goes back, G flies along the thread.";

/** A pointer that moved less than this between press and release has clicked. */
const CLICK_PX = 5;

/** The clip as a block, the query as a path through it. */
export function SpaceTime({ input, name, onPick, onAdd, onKey }: SpaceTimeProps) {
  const words = useId();
  const host = useRef<HTMLDivElement>(null);
  const labels = useRef<HTMLDivElement>(null);
  const readout = useRef<HTMLDivElement>(null);
  const pressed = useRef<readonly [x: number, y: number] | null>(null);
  const [spoken, setSpoken] = useState("");
  const pointer = useRef<Place>(null);
  // What is written there is of the picture before, and so is where the pointer rests: a late answer may not bring it back.
  const onMove = () => {
    pointer.current = null;
    if (readout.current) readout.current.hidden = true;
  };
  const { view, state, flying, lent, retry } = useSpaceTimeView({ host, labels, onMove }, input);
  const { follow, leave } = useReadout({ readout, pointer }, view, input);

  const press = (event: PointerEvent) => {
    const landed = view?.endFlight();
    // A second finger is a gesture, not a click; and after a flight other things lie under the pointer than were pressed.
    const clicks = !landed && event.button === 0 && event.isPrimary;
    pressed.current = clicks ? [event.clientX, event.clientY] : null;
    // Chosen, so that from here on the wheel zooms and the keys work.
    host.current?.focus({ preventScroll: true });
  };

  const release = (event: PointerEvent) => {
    const from = pressed.current;
    pressed.current = null;
    follow(event);
    if (!from || Math.hypot(event.clientX - from[0], event.clientY - from[1]) > CLICK_PX) return;
    const token = view?.pick(event.clientX, event.clientY);
    if (!token) return;
    if (event.shiftKey && onAdd) onAdd(token);
    else onPick(token);
  };

  /** @returns whether the key is one of the camera's */
  const moveCamera = (key: string): boolean => {
    const said = view ? cameraKey(view, key, flying) : undefined;
    if (said !== undefined) setSpoken(said);
    return said !== undefined;
  };

  const pressKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (moveCamera(event.key) || onKey(event.key, event.shiftKey)) event.preventDefault();
  };

  return (
    <section className={css.space} aria-label="Space-time">
      <SpaceTimeBar
        {...{ view, flying, lent, name }}
        sentence={`${spaceSentence(input)}.`}
        onCamera={moveCamera}
        onSay={setSpoken}
      />
      <div className={css.frame}>
        <div
          ref={host}
          className={css.host}
          data-testid="space-time"
          role="application"
          aria-roledescription="space-time block"
          aria-label={LABEL}
          aria-describedby={words}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: the block is operated with the keyboard
          tabIndex={0}
          onPointerDown={press}
          onPointerUp={release}
          onPointerMove={follow}
          onPointerLeave={leave}
          onKeyDown={pressKey}
        >
          <div ref={labels} className={css.labels} aria-hidden="true" />
          <div ref={readout} className={css.readout} hidden />
        </div>
        <SpaceTimePanel state={state} onRetry={retry} />
        <div className="visually-hidden" aria-live="polite">
          {spoken}
        </div>
      </div>
      <SpaceTimeLegend input={input} />
      <SpaceTimeControls input={input} />
      <p id={words} className={css.words} data-testid="space-time-words">
        {spaceSentence(input)}.
      </p>
    </section>
  );
}
