import { layersBeside, useBrought } from "../../state/features.ts";
import { type BroughtId, broughtLayer, isBroughtId, type StudentId } from "../../worker/protocol.ts";
import { Button } from "../controls/controls.tsx";
import css from "../controls/Rail.module.css";

interface LayerStepsProps {
  readonly encoder: StudentId;
  readonly onChange: (encoder: BroughtId) => void;
}

/** From tensor to tensor of a file that holds several: layers of a model, or noise levels of a diffusion. */
export function LayerSteps({ encoder, onChange }: LayerStepsProps) {
  const brought = useBrought((state) => state.layers);
  const layers = layersBeside(encoder, brought);
  const at = isBroughtId(encoder) ? layers.indexOf(encoder) : -1;
  if (at < 0 || layers.length < 2) return null;
  const step = (by: number) => onChange(layers[(at + by + layers.length) % layers.length]);
  return (
    <div className={css.row}>
      <Button onClick={() => step(-1)}>Previous layer</Button>
      <Button onClick={() => step(1)}>Next layer</Button>
      <span className={css.hint}>
        {at + 1} of {layers.length}
      </span>
    </div>
  );
}

/** What a rail says of brought features instead of what an encoder takes. */
export function broughtWords(id: BroughtId): string {
  const { F, H, W } = broughtLayer(id);
  return `Your own features: ${F}×${H}×${W} tokens, at the moments that their file names.`;
}
