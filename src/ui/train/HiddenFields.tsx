import { RECIPE_RANGES } from "../../worker/protocol.ts";
import { NumberField } from "../controls/controls.tsx";

type Sizes = [number, number, number];

interface HiddenFieldsProps {
  readonly hidden: Readonly<Sizes>;
  readonly onChange: (hidden: Sizes) => void;
}

/** Sizes of the projector's hidden layers. */
export function HiddenFields({ hidden, onChange }: HiddenFieldsProps) {
  const [min, max] = RECIPE_RANGES.hidden;
  const resized = (index: number, size: number): Sizes => {
    // A multiple of 4: the products read four channels at once.
    const [a, b, c] = hidden.map((old, i) => (i === index ? Math.max(min, 4 * Math.round(size / 4)) : old));
    return [a, b, c];
  };
  return hidden.map((size, i) => (
    <NumberField
      // biome-ignore lint/suspicious/noArrayIndexKey: a layer is its index
      key={i}
      label={`Hidden ${i + 1}`}
      value={size}
      min={min}
      max={max}
      step={4}
      onChange={(value) => onChange(resized(i, value))}
    />
  ));
}
