import { scaleLinear, scaleLog } from "d3-scale";
import { type ReactNode, useId, useLayoutEffect, useRef } from "react";
import css from "./controls.module.css";
import { keyed } from "./slider_keys.ts";

interface SectionProps {
  readonly title: string;
  readonly children: ReactNode;
  /** The pointer or the focus came near: the controls inside may be used next. */
  readonly onReach?: () => void;
}

/** A titled block of the rail. */
export function Section({ title, children, onReach }: SectionProps) {
  return (
    <section className={css.section} aria-label={title} onPointerEnter={onReach} onFocus={onReach}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

interface SliderProps {
  readonly id: string;
  readonly label: ReactNode;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
  readonly log?: boolean;
  readonly format: (value: number) => string;
  readonly onChange: (value: number) => void;
}

const STEPS = 1000;

/** A range input with named stops; on a log scale equal steps are equal ratios. */
export function Slider({ id, label, value, low, high, ticks, log = false, format, onChange }: SliderProps) {
  const toStep = (log ? scaleLog() : scaleLinear()).domain([low, high]).range([0, STEPS]);
  // Three digits are what the read-out shows and what a link carries.
  const fromStep = (step: number) => Number(toStep.invert(step).toPrecision(3));
  return (
    <div className={css.slider}>
      <div className={css.sliderHead}>
        <label htmlFor={id}>{label}</label>
        <output htmlFor={id}>{format(value)}</output>
      </div>
      <input
        id={id}
        type="range"
        min={0}
        max={STEPS}
        step={1}
        value={Math.round(toStep(value))}
        aria-valuetext={format(value)}
        onKeyDown={(event) => {
          const to = keyed(event.key, event.shiftKey, { value, low, high, log, ticks });
          if (to === undefined) return;
          event.preventDefault();
          onChange(to);
        }}
        onChange={(event) => onChange(fromStep(Number(event.target.value)))}
      />
      <div className={css.ticks}>
        {ticks.map((tick) => (
          <button
            key={tick}
            type="button"
            tabIndex={-1}
            style={{ left: `${(toStep(tick) / STEPS) * 100}%` }}
            onClick={() => onChange(tick)}
          >
            {format(tick)}
          </button>
        ))}
      </div>
    </div>
  );
}

interface CheckProps {
  readonly label: string;
  readonly checked: boolean;
  readonly disabled?: boolean;
  readonly onChange: (checked: boolean) => void;
}

export function Check({ label, checked, disabled = false, onChange }: CheckProps) {
  return (
    <label className={css.check}>
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.target.checked)}
      />
      {label}
    </label>
  );
}

interface ChoiceProps<T extends string | number> {
  /** The id of the select, where something else has to find it. */
  readonly id?: string;
  readonly label: string;
  readonly value: T;
  readonly options: readonly (readonly [value: T, name: string])[];
  /** The label above: names are longer than what is left beside it. */
  readonly long?: boolean;
  readonly onChange: (value: T) => void;
}

/** A labelled select over a closed set of values. */
export function Choice<T extends string | number>(props: ChoiceProps<T>) {
  const { label, value, options, long = false, onChange } = props;
  const own = useId();
  const id = props.id ?? own;
  return (
    <div className={long ? `${css.field} ${css.long}` : css.field}>
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value}
        onChange={(event) => {
          const chosen = options.find(([option]) => String(option) === event.target.value);
          if (chosen) onChange(chosen[0]);
        }}
      >
        {options.map(([option, name]) => (
          <option key={option} value={option}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}

interface NumberFieldProps {
  /** Where a letter of an equation leads to it. */
  readonly id?: string;
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly onChange: (value: number) => void;
}

/**
 * A number that takes effect when it is complete and in range; out of range it snaps to the nearest allowed value. What is typed is the
 * field's own until then: a render overwrites it only with another value.
 */
export function NumberField({ id: given, label, value, min, max, step, onChange }: NumberFieldProps) {
  const own = useId();
  const id = given ?? own;
  const input = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    if (input.current) input.current.value = String(value);
  }, [value]);
  return (
    <div className={css.field}>
      <label htmlFor={id}>{label}</label>
      <input
        ref={input}
        id={id}
        type="number"
        defaultValue={value}
        min={min}
        max={max}
        step={step}
        onBlur={(event) => commit(event.target, min, max, value, onChange)}
        onKeyDown={(event) => event.key === "Enter" && commit(event.currentTarget, min, max, value, onChange)}
      />
    </div>
  );
}

function commit(input: HTMLInputElement, min: number, max: number, before: number, onChange: (value: number) => void) {
  const typed = input.valueAsNumber;
  const value = Number.isFinite(typed) ? Math.min(Math.max(typed, min), max) : before;
  // Whoever takes the value may round it back to the one before. Another is written when it comes.
  input.value = String(before);
  if (value !== before) onChange(value);
}

interface ButtonProps {
  readonly children: ReactNode;
  readonly primary?: boolean;
  readonly title?: string;
  /** It stays where it is, and keeps the keyboard's focus, and does nothing meanwhile. */
  readonly waits?: boolean;
  /** Of a button that unfolds something: whether it is there. */
  readonly expanded?: boolean;
  readonly onClick: () => void;
}

export function Button({ children, primary = false, title, waits = false, expanded, onClick }: ButtonProps) {
  return (
    <button
      type="button"
      className={`${css.button} ${primary ? css.primary : ""}`}
      title={title}
      aria-disabled={waits || undefined}
      aria-expanded={expanded}
      onClick={() => !waits && onClick()}
    >
      {children}
    </button>
  );
}
