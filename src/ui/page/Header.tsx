import { useSyncExternalStore } from "react";
import { warmEncoder } from "../../state/explore/explore.ts";
import { useSession } from "../../state/session.ts";
import { setSettings, useSettings } from "../../state/settings.ts";
import { VIEW_IDS, VIEWS } from "../../state/views.ts";
import type { ComputeInfo } from "../../worker/protocol.ts";
import { ClipMenu, VIDEO_RULES } from "../clip/ClipMenu.tsx";
import { pickFile } from "../files/picker.ts";
import { PAPER_URL } from "./cite.ts";
import css from "./Header.module.css";
import { HelpMenu } from "./HelpMenu.tsx";
import { useNavFocus } from "./nav_focus.ts";
import { ShareMenu } from "./ShareMenu.tsx";
import { applyTheme, followTheme, shownTheme } from "./theme.ts";

/** @param clip whether the view is of the clip on show, which is chosen here */
export function Header({ clip }: { readonly clip?: boolean }) {
  const compute = useSession((session) => session.compute);
  const view = useSettings((settings) => settings.view);
  const recovering = useSession((session) => session.recovering);
  const nav = useNavFocus();
  const theme = useSyncExternalStore(followTheme, shownTheme);
  const other = theme === "dark" ? "light" : "dark";
  const device = recovering ? { state: "waiting", text: "recovering the GPU …", title: "" } : describe(compute);
  return (
    <div className={css.bar}>
      <div className={css.brand}>
        <Mark />
        Tempered
        <a
          className={css.paper}
          href={PAPER_URL}
          target="_blank"
          rel="noreferrer"
          title="Tempered Self-Similarity Alignment for Physically Plausible Video Generation, arXiv 2605.24962"
        >
          the paper
        </a>
      </div>
      <nav className={css.views} aria-label="Views" ref={nav}>
        {VIEW_IDS.map((name) => (
          <button
            key={name}
            type="button"
            aria-current={name === view ? "page" : undefined}
            onClick={() => setSettings({ view: name })}
          >
            {VIEWS[name].title}
          </button>
        ))}
      </nav>
      <div className={css.spacer} />
      <span className={css.device} title={device.title}>
        <span className={css.dot} data-state={device.state} />
        {device.text}
      </span>
      {(clip ?? VIEWS[view].drop === "clip") && (
        <>
          <button
            type="button"
            className={`${css.tool} ${css.open}`}
            title={`${VIDEO_RULES} It never leaves this machine. Or drop it anywhere on the page.`}
            onClick={() => {
              warmEncoder();
              pickFile();
            }}
          >
            Open a video
          </button>
          <ClipMenu />
        </>
      )}
      <button
        type="button"
        className={`${css.tool} ${css.icon}`}
        aria-label={`Switch to ${other} colours`}
        title={`Switch to ${other} colours`}
        onClick={() => applyTheme(other)}
      >
        {theme === "dark" ? "☀" : "☾"}
      </button>
      <ShareMenu />
      <HelpMenu />
    </div>
  );
}

/** Four cells of a heatmap, cooled from spread to certain. */
function Mark() {
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true">
      <rect x="1" y="1" width="6.5" height="6.5" rx="1" fill="#57106e" />
      <rect x="8.5" y="1" width="6.5" height="6.5" rx="1" fill="#bc3754" />
      <rect x="1" y="8.5" width="6.5" height="6.5" rx="1" fill="#f98e09" />
      <rect x="8.5" y="8.5" width="6.5" height="6.5" rx="1" fill="#fcdf54" />
    </svg>
  );
}

function describe(compute: ComputeInfo | null): { state: string; text: string; title: string } {
  if (!compute) return { state: "waiting", text: "looking for a GPU …", title: "" };
  const { text: threads, title: why } = oneThread(compute);
  if (compute.backend === "cpu") {
    return {
      state: "none",
      text: `no GPU: computing on the CPU${threads}`,
      title: [compute.failure?.message, why].filter(Boolean).join(". "),
    };
  }
  const { adapter } = compute;
  const name = adapter?.description || [adapter?.vendor, adapter?.architecture].filter(Boolean).join(" ") || "GPU";
  return adapter?.software
    ? {
        state: "slow",
        text: `WebGPU, software (${name})${threads}`,
        title: `WebGPU runs on the processor here: right, but slow. ${why}`.trim(),
      }
    : { state: "good", text: `WebGPU, ${name}`, title: "" };
}

/** Said where models run on the processor and could have had more threads: their time there goes with them. */
function oneThread({ wasmThreads }: ComputeInfo): { text: string; title: string } {
  if (wasmThreads > 1 || navigator.hardwareConcurrency === 1) return { text: "", title: "" };
  return {
    text: ", one thread",
    title:
      "Models run on one thread: the server sends no COOP and COEP headers, and a service worker that adds them is blocked here or starts with the next visit",
  };
}
