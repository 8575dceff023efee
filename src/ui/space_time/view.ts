import { type RefObject, useEffect, useState } from "react";
import { loadScene } from "../../scene/loading.ts";
import type { SpaceInput } from "../../scene/space_input.ts";
import type { SceneTheme } from "../../scene/theme.ts";
import type { SpaceTimeView } from "../../scene/view.ts";
import { SiteError } from "../../site/files.ts";
import { usePlayback } from "../../state/playback.ts";
import { setSettings, usePicked, useSettings } from "../../state/settings.ts";
import { useOfTheme } from "../page/use_of_theme.ts";

export type ViewState =
  | { readonly kind: "loading" | "ready" | "lost" }
  /** `missing`: a file of the page did not come; else there is no WebGL. */
  | { readonly kind: "failed" | "missing"; readonly message: string };

interface ViewPlaces {
  readonly host: RefObject<HTMLDivElement | null>;
  readonly labels: RefObject<HTMLDivElement | null>;
  /** The camera has moved. The first one that is given is called: it may know refs, and nothing of a render. */
  readonly onMove: () => void;
}

/** Opens a block on an element, keeps it up to date, and frees it when the element goes. */
export function useSpaceTimeView({ host, labels, onMove }: ViewPlaces, input: SpaceInput) {
  const [view, setView] = useState<SpaceTimeView | null>(null);
  const [state, setState] = useState<ViewState>({ kind: "loading" });
  const [flying, setFlying] = useState(false);
  const [lent, setLent] = useState(false);
  const [attempt, setAttempt] = useState(0);
  const theme = useOfTheme(host, sceneTheme);
  const { blockHeat, blockDepth, frameOpacity, eye } = usePicked("blockHeat", "blockDepth", "frameOpacity", "eye");
  const shown = usePlayback((playback) => (playback.playing ? playback.frame : null));

  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt is what opens it again
  useEffect(() => {
    let made: SpaceTimeView | null = null;
    let gone = false;
    setState({ kind: "loading" });
    const open = async () => {
      const { SpaceTimeView: View } = await loadScene();
      if (gone || !host.current || !labels.current) return;
      made = new View({
        host: host.current,
        labels: labels.current,
        eye: useSettings.getState().eye,
        onEye: (now) => setSettings({ eye: now }),
        onMove,
        onFlight: setFlying,
        onLent: setLent,
        onContext: (lost) => setState({ kind: lost ? "lost" : "ready" }),
      });
      setView(made);
      setState({ kind: "ready" });
    };
    open().catch((error: unknown) => {
      if (gone) return;
      const kind = error instanceof SiteError ? "missing" : "failed";
      setState({ kind, message: error instanceof Error ? error.message : String(error) });
    });
    return () => {
      gone = true;
      setView(null);
      setFlying(false);
      setLent(false);
      made?.dispose();
    };
  }, [attempt, host, labels]);

  useEffect(() => {
    if (view && theme) view.show(input, { heat: blockHeat, depth: blockDepth, opacity: frameOpacity, shown, theme });
  }, [view, input, blockHeat, blockDepth, frameOpacity, shown, theme]);

  // A link that was opened, or a button: what the pointer did is there already.
  useEffect(() => {
    if (view && String(view.eye.eye) !== String(eye)) view.eye.turnTo(eye);
  }, [view, eye]);

  const retry = () => setAttempt((before) => before + 1);
  return { view, state, flying, lent, retry };
}

/** The page's colours where the element is, as CSS that three.js understands. */
function sceneTheme(host: HTMLElement): SceneTheme {
  // A token's own value is a `light-dark()`; only as the colour of an element does it become one of the two.
  const probe = host.appendChild(document.createElement("i"));
  const token = (name: string) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const theme = { ground: token("ground"), ink: token("ink"), line: token("line-strong"), accent: token("accent") };
  probe.remove();
  return theme;
}
