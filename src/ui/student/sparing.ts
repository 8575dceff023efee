import { useEffect, useRef, useState } from "react";
import { useSession } from "../../state/session.ts";
import { liveStatus, useStudents } from "../../state/student/store.ts";

/** Whether the processor that draws the page is the one that trains, and is at work: what is drawn is taken from the steps. */
export function useSparing(): boolean {
  const software = useSession((session) => session.compute?.adapter?.software ?? true);
  const computes = useStudents((students) => liveStatus(students) === "running" || students.preparing !== null);
  return software && computes;
}

/** The newest value, shown no more often than every `ms`; at once where that is 0, or it is of something else. */
export function useRested<T>(value: T, ms: number, isSame: (a: T, b: T) => boolean): T {
  const [shown, setShown] = useState(value);
  const shownAt = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    const show = () => {
      shownAt.current = performance.now();
      setShown(value);
    };
    const timer = setTimeout(show, Math.max(0, shownAt.current + ms - performance.now()));
    return () => clearTimeout(timer);
  }, [value, ms]);
  return ms === 0 || !isSame(value, shown) ? value : shown;
}
