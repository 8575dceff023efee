import { type RefObject, useEffect, useState } from "react";
import { followTheme } from "./theme.ts";

/**
 * What `read` finds at an element, read anew when the page or the system changes between light and dark.
 * @param read declared outside the component, so that it is the same one at every call
 * @returns null before the element is there
 */
export function useOfTheme<T>(host: RefObject<HTMLElement | null>, read: (element: HTMLElement) => T): T | null {
  const [found, setFound] = useState<T | null>(null);
  useEffect(() => {
    const again = () => host.current && setFound(read(host.current));
    again();
    return followTheme(again);
  }, [host, read]);
  return found;
}
