import { useCallback, useState } from "react";
import { judgeCaption, judgeDrawing } from "../../figure/judge_figure.ts";
import type { Picture } from "../../figure/shapes.ts";
import type { PrintChoices } from "../../state/figure_choices.ts";
import type { Judged } from "../../worker/protocol.ts";
import { Check } from "../controls/controls.tsx";
import { Composer, Picks, SideBySide } from "../figure/Composer.tsx";

interface JudgeComposerProps {
  readonly judged: Judged;
  readonly pictures: readonly Picture[];
  /** Who made the clip. */
  readonly source: string;
  readonly stem: string;
  readonly onClose: () => void;
}

/** Composes a verdict: which frames, with or without the rules. */
export function JudgeComposer({ judged, pictures, source, ...about }: JudgeComposerProps) {
  const [frames, setFrames] = useState<readonly number[]>(() => pictures.map((_, t) => t));
  const [rules, setRules] = useState(true);
  const [perBand, setPerBand] = useState(0);
  const compose = useCallback(
    (print: PrintChoices, caption: string) =>
      judgeDrawing(judged, pictures, caption, { ...print, frames, rules, perBand: perBand || null }),
    [judged, pictures, frames, rules, perBand],
  );
  return (
    <Composer compose={compose} caption={judgeCaption(judged, source)} lettered={false} {...about}>
      <SideBySide what="Frames" most={frames.length} value={perBand} onChange={setPerBand} />
      <Check label="Rules" checked={rules} onChange={setRules} />
      <Picks legend="Frames" all={pictures.map((_, t) => [t, `frame ${t}`])} chosen={frames} onChange={setFrames} />
    </Composer>
  );
}
