import { useEffect, useId, useState } from "react";
import { checkPrompt, drawClip, drawSeed, loadSandbox, templateOf, useSandbox } from "../../state/evaluate/sandbox.ts";
import type { SandboxClipId } from "../../state/sandbox_clip.ts";
import type { Category, SandboxChecked, SandboxInfo, SandboxPoster, TemplateName } from "../../worker/protocol.ts";
import { Button, NumberField } from "../controls/controls.tsx";
import css from "./SandboxPicker.module.css";
import { Thumbnail } from "./Thumbnail.tsx";

const CATEGORIES: readonly (readonly [Category, string])[] = [
  ["solid-solid", "Solid on solid"],
  ["solid-fluid", "Solid and liquid"],
  ["fluid-fluid", "Liquid and liquid"],
];
const MAX_SEED = 2 ** 32 - 1;

const SENTENCE = "sentence";

/** Puts the focus where a sentence can be put right. */
export const focusSentence = () => document.querySelector<HTMLElement>(`textarea[name=${SENTENCE}]`)?.focus();

interface SandboxPickerProps {
  /** The simulated clip on show. */
  readonly value: SandboxClipId | null;
  readonly onOpen: (clip: SandboxClipId, template: TemplateName) => void;
  /** A choice was made by pointing: what holds the picker may close. */
  readonly onPicked?: () => void;
  /** What is in the sentence's field, whether the grammar has it or not. */
  readonly onType?: (prompt: string) => void;
}

/** A simulated clip by template, by sentence and by seed. */
export function SandboxPicker(props: SandboxPickerProps) {
  const info = useSandbox((sandbox) => sandbox.info);
  useEffect(() => void loadSandbox(), []);
  if (!info) return <Waiting />;
  return <Loaded info={info} {...props} />;
}

function Waiting() {
  const failure = useSandbox((sandbox) => sandbox.failure);
  return (
    <>
      <p className={css.wait} aria-live="polite">
        {failure?.message ?? "Loading the physics …"}
      </p>
      {failure && <Button onClick={() => void loadSandbox()}>Try again</Button>}
    </>
  );
}

function Loaded({ info, value, onOpen, onPicked, onType }: SandboxPickerProps & { readonly info: SandboxInfo }) {
  const posters = useSandbox((sandbox) => sandbox.posters);
  const shown = useSandbox(templateOf(value?.prompt));
  const pick = async (template: TemplateName) => {
    // First the clip on the picture, then others of its kind.
    const first = template === shown ? undefined : posters[template];
    const clip = first ?? (await drawClip(template));
    if (!clip) return;
    onOpen({ prompt: clip.prompt, seed: clip.seed }, template);
    onPicked?.();
  };
  return (
    <div className={css.picker}>
      {CATEGORIES.map(([category, title]) => (
        <fieldset key={category} className={css.category}>
          <legend>{title}</legend>
          {info.templates
            .filter((template) => template.category === category)
            .map(({ template, example }) => (
              <button
                key={template}
                type="button"
                className={css.template}
                aria-pressed={template === shown}
                title={template === shown ? "Another sentence of this kind" : example}
                onClick={() => void pick(template)}
              >
                <Poster poster={posters[template]} />
                {template.replaceAll("-", " ")}
              </button>
            ))}
        </fieldset>
      ))}
      <Sentence
        value={value ?? { prompt: info.templates[0].example, seed: 1 }}
        open={value !== null}
        onOpen={onOpen}
        {...(onType ? { onType } : {})}
      />
    </div>
  );
}

const Poster = ({ poster }: { readonly poster: SandboxPoster | undefined }) => (
  <span className={css.poster}>{poster && <Thumbnail image={poster.image} />}</span>
);

interface SentenceProps {
  readonly value: SandboxClipId;
  /** Whether `value` is on show, and not only proposed. */
  readonly open: boolean;
  readonly onOpen: SandboxPickerProps["onOpen"];
  readonly onType?: SandboxPickerProps["onType"];
}

/** The sentence, word by word under the eye of the grammar, and the seed. */
function Sentence({ value, open, onOpen, onType }: SentenceProps) {
  const id = useId();
  const [prompt, setPrompt] = useState(value.prompt);
  // Another clip on show brings its own sentence; the field keeps the focus.
  const [last, setLast] = useState(value.prompt);
  if (last !== value.prompt) {
    setLast(value.prompt);
    setPrompt(value.prompt);
  }
  const checked = useSandbox((sandbox) => sandbox.checked);
  useEffect(() => void checkPrompt(prompt), [prompt]);
  useEffect(() => onType?.(prompt), [prompt, onType]);
  const problem = checked?.prompt === prompt ? checked.problem : null;

  const submit = async (seed: number) => {
    const answer = checked?.prompt === prompt ? checked : await checkPrompt(prompt);
    if (answer?.template) onOpen({ prompt: tidied(prompt), seed }, answer.template);
    else document.getElementById(id)?.focus();
  };
  return (
    <form
      className={css.sentence}
      onSubmit={(event) => {
        event.preventDefault();
        void submit(value.seed);
      }}
    >
      <label htmlFor={id}>Sentence</label>
      <textarea
        id={id}
        name={SENTENCE}
        rows={2}
        spellCheck={false}
        value={prompt}
        aria-invalid={problem !== null}
        aria-describedby={`${id}-says`}
        onChange={(event) => setPrompt(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter") return;
          event.preventDefault();
          void submit(value.seed);
        }}
      />
      <div id={`${id}-says`} className={css.says} aria-live="polite">
        {problem && <p>{sentenceCase(problem.message)}.</p>}
      </div>
      {problem && problem.may.length > 0 && (
        <fieldset className={css.words} aria-label="Words that may stand there">
          {problem.may.map((word) => (
            <button
              key={word}
              type="button"
              onClick={() => {
                setPrompt(withWord(prompt, problem, word));
                document.getElementById(id)?.focus();
              }}
            >
              {word}
            </button>
          ))}
        </fieldset>
      )}
      <div className={css.seed}>
        <NumberField
          label="Seed"
          value={value.seed}
          min={0}
          max={MAX_SEED}
          step={1}
          onChange={(seed) => void submit(Math.round(seed))}
        />
        <Button onClick={() => void submit(drawSeed())}>Re-roll</Button>
      </div>
      {(!open || prompt !== value.prompt) && (
        <Button primary onClick={() => void submit(value.seed)}>
          Simulate
        </Button>
      )}
    </form>
  );
}

/** A sentence as a link carries it. */
export const tidied = (prompt: string) => wordsOf(prompt).join(" ");
const wordsOf = (prompt: string) => prompt.trim().toLowerCase().split(/\s+/);
const sentenceCase = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** The sentence with a word put where the grammar stumbled, ready for the next. */
function withWord(prompt: string, { at }: NonNullable<SandboxChecked["problem"]>, word: string): string {
  const words = wordsOf(prompt).filter(Boolean);
  words.splice(at, 1, word);
  return `${words.join(" ")}${at >= words.length - 1 ? " " : ""}`;
}
