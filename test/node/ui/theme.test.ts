// Light and dark: what is on screen follows the user's choice and the system's, and who shows it is told of both.
import { afterEach, expect, test, vi } from "vitest";
import { applyTheme, followTheme, shownTheme } from "../../../src/ui/page/theme.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

test("who follows is told when the system or the page changes between light and dark, and no longer once that ends", () => {
  const media = Object.assign(new EventTarget(), { matches: false });
  const attributes = new EventTarget();
  const dataset = new Proxy({} as Record<string, string>, {
    set: (all, name, value) => Reflect.set(all, name, value) && attributes.dispatchEvent(new Event("set")),
    deleteProperty: (all, name) => Reflect.deleteProperty(all, name) && attributes.dispatchEvent(new Event("set")),
  });
  vi.stubGlobal("matchMedia", () => media);
  vi.stubGlobal("document", { documentElement: { dataset } });
  vi.stubGlobal(
    "MutationObserver",
    class {
      readonly #changed: () => void;
      constructor(changed: () => void) {
        this.#changed = changed;
      }
      observe = () => attributes.addEventListener("set", this.#changed);
      disconnect = () => attributes.removeEventListener("set", this.#changed);
    },
  );
  const told = vi.fn();
  const end = followTheme(told);
  const system = (dark: boolean) => {
    media.matches = dark;
    media.dispatchEvent(new Event("change"));
  };
  expect(shownTheme()).toBe("light");
  system(true);
  expect([told.mock.calls.length, shownTheme()]).toEqual([1, "dark"]);
  applyTheme("light");
  expect([told.mock.calls.length, shownTheme()]).toEqual([2, "light"]);
  applyTheme(null);
  expect([told.mock.calls.length, shownTheme()]).toEqual([3, "dark"]);
  end();
  system(false);
  expect(told).toHaveBeenCalledTimes(3);
});
