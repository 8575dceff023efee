import {
  clearMask,
  fileOfMask,
  keepMaskSaved,
  putMaskAway,
  setPaintingOn,
  spreadFrame,
} from "../../state/mask/mask.ts";
import { usePainting } from "../../state/mask/store.ts";
import { RHO_RANGE, setSettings, usePicked, useSettings } from "../../state/settings.ts";
import { type MaskId, maskParts } from "../../worker/protocol.ts";
import { Button, Check, Choice, Section, Slider } from "../controls/controls.tsx";
import { saveBlob } from "../controls/download.ts";
import css from "../controls/Rail.module.css";
import { pickMask } from "../files/picker.ts";

interface MaskSectionProps {
  /** A frame, once a clip is encoded. */
  readonly tokens: number | undefined;
  /** The mask, once it is there. */
  readonly mask: Uint8Array | undefined;
  /** The frame on whose panes the brush is, where the view's panes can be painted on. */
  readonly frame?: number | undefined;
}

/** Which tokens count as moving: the motion's share of them, or the user's own. */
export function MaskSection({ tokens, mask, frame }: MaskSectionProps) {
  const { rho, showMask, mask: brought } = usePicked("rho", "showMask", "mask");
  const kept = mask && tokens && keptWords(mask, mask.length / tokens);
  return (
    <Section title="Motion mask">
      {brought === "" ? (
        <Slider
          id="rho"
          label={
            <>
              keep <i>ρ</i>
              {kept && ` (${kept} of ${tokens} tokens)`}
            </>
          }
          value={rho}
          {...RHO_RANGE}
          ticks={[0.2, 0.5, 1]}
          format={(value) => `${Math.round(value * 100)} %`}
          onChange={(value) => setSettings({ rho: value, showMask: true })}
        />
      ) : (
        <p className={css.hint}>
          “{maskParts(brought).name}” stands for it{kept && `: ${kept} of ${tokens} tokens`}; <i>ρ</i> has no part in
          it.
        </p>
      )}
      <Check label="Show the mask" checked={showMask} onChange={(on) => setSettings({ showMask: on })} />
      <OwnMask frame={frame} />
    </Section>
  );
}

function OwnMask({ frame }: Pick<MaskSectionProps, "frame">) {
  const { on, erase, size } = usePainting();
  const brought = useSettings((settings) => settings.mask);
  const file = fileOfMask(brought);
  const paints = frame !== undefined;
  return (
    <>
      {paints && on && (
        <>
          <p className={css.hint}>
            Paint on the panes; two fingers move the page. By keys, on the figure: arrows move the query, Enter or Space
            paints there, E changes between painting and erasing, S gives its frame's marks to all frames, Escape ends.
          </p>
          <Check label="Erase" checked={erase} onChange={(value) => usePainting.setState({ erase: value })} />
          <Choice
            label="Brush"
            value={size}
            options={[
              [1, "1 token"],
              [3, "3×3 tokens"],
            ]}
            onChange={(value) => usePainting.setState({ size: value })}
          />
          <div className={css.row} style={{ marginBlock: 6 }}>
            <Button onClick={clearMask}>Clear</Button>
            <Button onClick={() => spreadFrame(frame)}>Frame {frame} to all</Button>
          </div>
        </>
      )}
      <div className={css.row} style={{ marginTop: 4 }}>
        {paints && <Button onClick={() => setPaintingOn(!on)}>{on ? "Done painting" : "Paint it"}</Button>}
        {brought === "" && <Button onClick={pickMask}>Open a mask …</Button>}
        {brought !== "" && file && <Button onClick={() => saveMask(brought, file)}>Save it</Button>}
        {brought !== "" && <Button onClick={putMaskAway}>Put away</Button>}
      </div>
    </>
  );
}

function saveMask(id: MaskId, file: File): void {
  saveBlob(maskParts(id).name, file.name.split(".").at(-1) ?? "safetensors", file);
  keepMaskSaved(id);
}

/** Tokens that a frame keeps: one number where all keep as many. */
function keptWords(mask: Uint8Array, F: number): string {
  const S = mask.length / F;
  const kept = Array.from({ length: F }, (_, f) => mask.subarray(f * S, (f + 1) * S).reduce((a, b) => a + b, 0));
  const [least, most] = [Math.min(...kept), Math.max(...kept)];
  return least === most ? String(most) : `${least} to ${most}`;
}
