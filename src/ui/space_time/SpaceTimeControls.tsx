import { short } from "../../figure/scale.ts";
import type { SpaceInput } from "../../scene/space_input.ts";
import { DEPTH_RANGE, OPACITY_RANGE, setSettings, usePicked } from "../../state/settings.ts";
import { Choice, Slider } from "../controls/controls.tsx";
import css from "./SpaceTime.module.css";

const percent = (share: number) => `${Math.round(share * 100)} %`;

/** How the block is drawn: what its frames carry, how far apart they are, how much shows through. */
export function SpaceTimeControls({ input }: { readonly input: SpaceInput }) {
  const { blockHeat, heatOf, blockDepth, frameOpacity } = usePicked(
    "blockHeat",
    "heatOf",
    "blockDepth",
    "frameOpacity",
  );
  const sides = input.threads.some(({ form }) => form === "beaded");
  return (
    <div className={css.controls}>
      <div>
        <Choice
          label="Heat"
          value={blockHeat}
          options={[
            ["painted", "on the frames"],
            ["lifted", "height field"],
            ["off", "off"],
          ]}
          onChange={(value) => setSettings({ blockHeat: value })}
        />
        {sides && (
          <Choice
            label="Whose"
            value={heatOf}
            options={[
              ["teacher", "the teacher's"],
              ["student", "the student's"],
            ]}
            onChange={(value) => setSettings({ heatOf: value })}
          />
        )}
      </div>
      <Slider
        id="block-depth"
        label="Spacing"
        value={blockDepth}
        {...DEPTH_RANGE}
        log
        ticks={[0.5, 1, 2, 4]}
        format={short}
        onChange={(value) => setSettings({ blockDepth: value })}
      />
      <Slider
        id="frame-opacity"
        label="Frames"
        value={frameOpacity}
        {...OPACITY_RANGE}
        ticks={[0, 0.5, 1]}
        format={percent}
        onChange={(value) => setSettings({ frameOpacity: value })}
      />
    </div>
  );
}
