import { short } from "../../figure/scale.ts";
import { heldKey, layersKey, measureLayers } from "../../state/compare/compare.ts";
import { changeNoise } from "../../state/compare/noise.ts";
import { useComparison } from "../../state/compare/store.ts";
import { usePicked, useSettings } from "../../state/settings.ts";
import type { Blocks, LayerPoint, Noising } from "../../worker/protocol.ts";
import { blockName } from "../clip/NoiseControls.tsx";
import { Button } from "../controls/controls.tsx";
import css from "./Compare.module.css";

interface LayerTableProps {
  readonly noising: Noising;
  readonly blocks: Blocks;
}

/** Every block of the diffusion student against the teacher and the truth, at the current noise; measured on demand. */
export function LayerTable({ noising, blocks }: LayerTableProps) {
  const key = useSettings(layersKey);
  const settings = usePicked("tau", "rho");
  const layers = useComparison((comparison) => comparison.layers);
  const held = useComparison((comparison) => heldKey(useSettings.getState(), comparison));
  const current = layers?.key === key ? layers : null;
  const fresh = current !== null && current.tau === settings.tau && current.rho === settings.rho;
  const points = current?.points ?? [];
  const pointOf = (of: LayerPoint["of"]) => points.find((point) => point.of === of);
  const truth = points.find(({ moved }) => moved)?.moved;
  return (
    <section className={css.layers} aria-label="Where the student sees motion">
      <table className={css.losses} aria-busy={current?.running ?? false}>
        <caption>
          Where does the student see motion? Its blocks at t = {noising.t}
          {current && `, τ = ${short(current.tau)}`}
        </caption>
        <thead>
          <tr>
            <th scope="col">features</th>
            <th scope="col">TSA</th>
            <th scope="col">M-TSA</th>
            <th scope="col">moved, found</th>
          </tr>
        </thead>
        <tbody>
          <Row name="teacher" point={pointOf("teacher")} pending={current !== null} />
          {Array.from({ length: blocks.count }, (_, i) => i + 1).map((block) => (
            <Row
              key={block}
              name={blockName(block, blocks)}
              point={pointOf(block)}
              pending={current !== null}
              chosen={block === noising.block}
              onChoose={() => changeNoise({ block })}
            />
          ))}
          {truth && <Row name="every position alike" point={pointOf("even")} pending={current !== null} />}
        </tbody>
      </table>
      <p className={css.sees}>
        TSA and M-TSA: how far the block's distributions are from the teacher's.{" "}
        {truth &&
          `“Moved, found”: of ${truth.counted} pairs of a token and a frame it truly moved to by more than a token, the share whose soft match lies within one token of the truth; with every position alike it is the middle of the frame, right by luck. `}
        A block's number shows that block above.
      </p>
      {!fresh && (
        <Button
          waits={held !== key}
          {...(held !== key ? { title: "The comparison is being made." } : {})}
          onClick={() => void measureLayers()}
        >
          Measure all blocks
        </Button>
      )}
    </section>
  );
}

interface RowProps {
  readonly name: string;
  readonly point: LayerPoint | undefined;
  /** Whether the point is on its way. */
  readonly pending: boolean;
  readonly chosen?: boolean;
  readonly onChoose?: () => void;
}

function Row({ name, point, pending, chosen = false, onChoose }: RowProps) {
  const number = (value: number | null | undefined, print: (known: number) => string) =>
    point ? (value === undefined || value === null || Number.isNaN(value) ? "–" : print(value)) : pending ? "…" : "";
  return (
    <tr data-chosen={chosen}>
      <th scope="row">
        {onChoose ? (
          <button type="button" aria-pressed={chosen} onClick={onChoose}>
            {name}
          </button>
        ) : (
          name
        )}
      </th>
      <td>{number(point?.losses?.tsa, short)}</td>
      <td>{number(point?.losses?.mtsa, short)}</td>
      <td>{number(point?.moved?.found, (share) => share.toFixed(2))}</td>
    </tr>
  );
}
