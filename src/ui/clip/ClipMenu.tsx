import { useRef, useState } from "react";
import { clipUrl } from "../../state/catalog.ts";
import { loadSandbox } from "../../state/evaluate/sandbox.ts";
import { openBuiltin, openSandboxClip, warmEncoder } from "../../state/explore/explore.ts";
import { parseSandboxClipId } from "../../state/sandbox_clip.ts";
import { useSession } from "../../state/session.ts";
import { useSettings } from "../../state/settings.ts";
import { CLIP_LIMITS } from "../../worker/protocol.ts";
import { Button } from "../controls/controls.tsx";
import css from "../controls/Popover.module.css";
import { pickFile } from "../files/picker.ts";
import header from "../page/Header.module.css";
import { SandboxPicker } from "./SandboxPicker.tsx";

export const VIDEO_RULES = `MP4, MOV or WebM with H.264, VP8, VP9 or AV1. Any length: a window of up to ${CLIP_LIMITS.maxWindowS} s is looked at, ${CLIP_LIMITS.minFrames} to ${CLIP_LIMITS.maxFrames} frames of it.`;

/** For whoever needs another clip than the one at hand. */
export const openClipMenu = (): void => document.getElementById("clip-menu")?.showPopover();

/** The clip on show, and the menu of clips behind it. */
export function ClipMenu() {
  const panel = useRef<HTMLDivElement>(null);
  const catalog = useSession((session) => session.catalog);
  const clip = useSession((session) => session.clip);
  const current = useSettings((settings) => settings.clip);
  const [reached, setReached] = useState(false);
  const close = () => panel.current?.hidePopover();
  return (
    <>
      <button
        type="button"
        className={header.tool}
        popoverTarget="clip-menu"
        aria-label={`Clip: ${clip?.name ?? "none"}`}
        onClick={warmEncoder}
      >
        <span className={header.clip}>{clip?.name ?? "Clip"}</span> <span aria-hidden="true">▾</span>
      </button>
      <div
        id="clip-menu"
        ref={panel}
        popover="auto"
        className={css.panel}
        role="dialog"
        aria-label="Choose a clip"
        onBeforeToggle={({ newState }) => {
          if (newState !== "open") return;
          setReached(true);
          void loadSandbox();
        }}
      >
        <h2>Your own video</h2>
        <p>{VIDEO_RULES} It never leaves this machine.</p>
        <div className={css.actions} style={{ marginTop: 8 }}>
          <Button
            primary
            onClick={() => {
              close();
              pickFile();
            }}
          >
            Open a video …
          </Button>
        </div>
        <h2 style={{ marginTop: 16 }}>Sandbox</h2>
        <p style={{ marginBottom: 8 }}>Simulated from a sentence and a seed, so where everything went is known.</p>
        {reached && <SandboxPicker value={parseSandboxClipId(current)} onOpen={openSandboxClip} onPicked={close} />}
        <h2 style={{ marginTop: 16 }}>Clips that ship with the page</h2>
        <ul className={css.clips}>
          {catalog.map(({ id, title, about, poster }) => (
            <li key={id}>
              <button
                type="button"
                className={css.clip}
                aria-current={id === current}
                onClick={() => {
                  close();
                  openBuiltin(id);
                }}
              >
                <img src={clipUrl(poster)} alt="" loading="lazy" />
                <span>
                  <strong>{title}</strong>
                  {about}
                </span>
              </button>
            </li>
          ))}
        </ul>
      </div>
    </>
  );
}
