import { useState } from "react";
import { rulesCsv, sourceWords, verdictJson } from "../../figure/judge_tables.ts";
import type { Picture } from "../../figure/shapes.ts";
import { writeClipFile } from "../../formats/clip_file.ts";
import { metadataWith } from "../../formats/provenance.ts";
import { judgeSandbox, templateOf, useSandbox } from "../../state/evaluate/sandbox.ts";
import { useEvaluation } from "../../state/evaluate/store.ts";
import { judgedClip } from "../../state/evaluate/wanted.ts";
import { openFile, openSandboxClip } from "../../state/explore/explore.ts";
import { judgeOrigin } from "../../state/provenance.ts";
import { DEFAULTS, setSettings, usePicked } from "../../state/settings.ts";
import { type Judged, SANDBOX_CLIP, type SandboxCorruption, type TemplateName } from "../../worker/protocol.ts";
import { SandboxPicker } from "../clip/SandboxPicker.tsx";
import { Button, Choice, Section } from "../controls/controls.tsx";
import { saveBlob, saveJson } from "../controls/download.ts";
import { ExportSection, FileGroup } from "../controls/ExportSection.tsx";
import css from "../controls/Rail.module.css";
import { pickSafetensors } from "../files/picker.ts";
import { later } from "../later.tsx";
import { GenerateSection } from "./GenerateSection.tsx";
import { saveVerdictPng } from "./verdict_figure.ts";

const JudgeComposer = later("the composer of figures", async () => (await import("./JudgeComposer.tsx")).JudgeComposer);

const NONE: readonly SandboxCorruption[] = [];

interface EvaluateRailProps {
  readonly judged: Judged | null;
  readonly pictures: readonly Picture[] | null;
}

/** What is judged: a clip of the sandbox, how it is broken, or a file. */
export function EvaluateRail({ judged, pictures }: EvaluateRailProps) {
  const settings = usePicked("judged", "corruption", "maker");
  const [typed, setTyped] = useState("");
  const clip = judgedClip(settings);
  const generated = useEvaluation((evaluation) => evaluation.generated);
  const broken = judged?.source.kind === "sandbox" && judged.source.corruption !== null ? judged : null;
  // The sandbox's link opens the simulator's clip as it was made.
  const other = generated?.made ?? broken;
  // Where a clip cannot be broken as was asked there is no verdict, and another way is to be chosen.
  const template = useSandbox(templateOf(clip?.prompt)) ?? judged?.template;
  const corruptions = useSandbox((sandbox) => sandbox.info?.corruptions) ?? NONE;
  const fits = (name: string, template: TemplateName) =>
    corruptions.some((corruption) => corruption.name === name && corruption.templates.includes(template));
  return (
    <>
      <GenerateSection typed={typed} />
      <Section title="Clip">
        <SandboxPicker
          value={clip}
          onType={setTyped}
          onOpen={(next, template) =>
            judgeSandbox(next, fits(settings.corruption, template) ? settings.corruption : DEFAULTS.corruption)
          }
        />
      </Section>
      {clip && template && settings.maker === "simulator" && (
        <Section title="Break a law">
          <Choice
            label="How"
            value={settings.corruption}
            options={[
              [DEFAULTS.corruption, "not at all"],
              ...corruptions
                .filter(({ templates }) => templates.includes(template))
                .map(({ name, title }) => [name, title] as const),
            ]}
            onChange={(corruption) => judgeSandbox(clip, corruption)}
          />
          <p className={css.hint}>
            {corruptions.find(({ name }) => name === settings.corruption)?.says ??
              "As it was simulated. Break it on purpose and see which law catches it."}
          </p>
        </Section>
      )}
      <Section title="Your own clip">
        <p className={css.hint}>
          A .safetensors file with <code>frames</code> U8 [16, 64, 64, 3] and a <code>prompt</code>, as{" "}
          <code>npm run world</code> writes: drop it here.
        </p>
        <Button onClick={pickSafetensors}>Open a file …</Button>
      </Section>
      {clip && (
        <Section title="Look closer">
          <div className={css.row}>
            {other && <Button onClick={() => explore(() => openFile(fileOf(other)))}>Open it in Explore</Button>}
            <Button onClick={() => explore(() => openSandboxClip(clip))}>
              {generated ? "Open the simulator's clip in Explore" : `Open it ${broken ? "unbroken " : ""}in Explore`}
            </Button>
          </div>
        </Section>
      )}
      {judged && pictures && <Exports judged={judged} pictures={pictures} />}
    </>
  );
}

function explore(open: () => unknown): void {
  setSettings({ view: "explore" });
  open();
}

/** A generated clip as a file that can be dropped here and opened in Explore. */
function fileOf(judged: Judged): File {
  const { frames, verdict, source } = judged;
  const made = source.kind === "student" ? source : null;
  const how = made && {
    maker: made.model.name,
    maker_sha256: made.model.sha256,
    noise_seed: String(made.seed),
    steps: String(made.steps),
    guidance: String(made.guidance),
    first_frames_given: String(made.given),
  };
  const bytes = writeClipFile(frames, verdict.prompt, SANDBOX_CLIP.size, {
    ...how,
    ...metadataWith(judgeOrigin(judged)),
  });
  return new File([bytes], `${verdict.prompt}, ${sourceWords(source)}.safetensors`);
}

function Exports({ judged, pictures }: { readonly judged: Judged; readonly pictures: readonly Picture[] }) {
  const { source, verdict } = judged;
  const words = sourceWords(source);
  const stem = `${verdict.prompt} ${words} law judge`;
  const [composing, setComposing] = useState(false);
  const figure = { judged, pictures, source: words, stem };
  const csv = () => new Blob([rulesCsv(judged, judgeOrigin(judged))], { type: "text/csv" });
  return (
    <ExportSection
      files={
        <>
          <FileGroup title="The verdict" about="Each rule in each frame, with its tolerance.">
            <Button onClick={() => saveJson(stem, verdictJson(judged), judgeOrigin(judged))}>Verdict JSON</Button>
            <Button onClick={() => saveBlob(stem, "csv", csv())}>Rules CSV</Button>
          </FileGroup>
          <FileGroup title="Figure">
            <Button onClick={() => void saveVerdictPng(figure)}>Figure PNG</Button>
          </FileGroup>
          {source.kind === "student" && (
            <FileGroup title="The clip">
              <Button onClick={() => saveBlob(`${verdict.prompt} ${words}`, "safetensors", fileOf(judged))}>
                Save the clip
              </Button>
            </FileGroup>
          )}
        </>
      }
    >
      <Button onClick={() => setComposing(true)}>Figure …</Button>
      {composing && <JudgeComposer {...figure} onClose={() => setComposing(false)} />}
    </ExportSection>
  );
}
