import { type PointerEvent, type RefObject, useEffect } from "react";
import { short } from "../../figure/scale.ts";
import type { SpaceInput } from "../../scene/space_input.ts";
import type { SpaceTimeView } from "../../scene/view.ts";

/** Of a pointer, in pixels of the window. */
export type Place = readonly [x: number, y: number];

interface ReadoutPlaces {
  readonly readout: RefObject<HTMLDivElement | null>;
  /** Where the pointer rests; null: nowhere, or the camera has moved since. */
  readonly pointer: RefObject<Place | null>;
}

/** What is written beside a pointer: which token is under it, and the heat there. */
export function useReadout({ readout, pointer }: ReadoutPlaces, view: SpaceTimeView | null, input: SpaceInput) {
  // The query moves, and with it the value under a pointer that rests.
  useEffect(() => {
    write(readout.current, view, input, pointer.current);
  }, [readout, pointer, view, input]);

  const point = (place: Place | null) => {
    pointer.current = place;
    write(readout.current, view, input, place);
  };
  return {
    follow: ({ buttons, pointerType, clientX, clientY }: PointerEvent) =>
      point(buttons === 0 && pointerType !== "touch" ? [clientX, clientY] : null),
    leave: () => point(null),
  };
}

/** @param place null: nothing is pointed at */
function write(readout: HTMLDivElement | null, view: SpaceTimeView | null, input: SpaceInput, place: Place | null) {
  if (!readout?.parentElement) return;
  const token = place && view?.pick(...place);
  readout.hidden = !token;
  if (!token) return;
  const [f, row, col] = token;
  const { H, W } = input.grid;
  const p = input.heat.probabilities[(f * H + row) * W + col];
  readout.textContent = `frame ${f}, row ${row}, column ${col}: p = ${short(p)}`;
  const box = readout.parentElement.getBoundingClientRect();
  const left = Math.min(place[0] - box.left + 14, box.width - readout.offsetWidth - 4);
  readout.style.transform = `translate(${left}px, ${place[1] - box.top + 16}px)`;
}
