/**
 * What Evaluate does: keeps a verdict on the clip that the settings name (`wanted.ts` says which), and what the user can do. A file is
 * judged when the user opens it; a link to it can only name it. Our student makes a clip when the user asks for it, or opens a link to
 * one.
 */
import type { GenerateRequest, Judged } from "../../worker/protocol.ts";
import { onLink } from "../address_bar.ts";
import { onComputeEvent, tryRequest } from "../compute.ts";
import { failureOf } from "../failure.ts";
import { Reconciler } from "../reconcile.ts";
import { DEFAULTS, type Maker, type Settings, setSettings, useSettings } from "../settings.ts";
import { fileId } from "./judged_id.ts";
import { loadSandbox } from "./sandbox.ts";
import { useEvaluation, useGeneration } from "./store.ts";
import { bringStudent, chooseTrained, chosenStudent } from "./trained.ts";
import { awaitedFile, type Evaluated, type JudgeWant, judgedClip, judgedFile, keyOf, wanted } from "./wanted.ts";

const evaluate = new Reconciler<Evaluated>(
  () => wanted(useSettings.getState(), useEvaluation.getState(), useGeneration.getState().order),
  {
    judge: ({ request }) => judge(request),
    generate: async ({ request }) => {
      useGeneration.setState({ progress: { stage: "denoising", done: 0, total: request.steps } });
      const generated = await tryRequest(request);
      if (!generated || useGeneration.getState().order !== request) return generated;
      useGeneration.setState({ order: null, progress: null, preview: null });
      useEvaluation.setState({ judged: generated.made, generated, busy: false });
      return generated;
    },
  },
  (error, { of }) => {
    const { incoming } = useEvaluation.getState();
    const { order } = useGeneration.getState();
    // Of a file or an order that was given up neither answer nor failure is anybody's.
    if (of !== null && of !== incoming && of !== order) return;
    useGeneration.setState({ progress: null, preview: null, ...(of !== order && { order: null }) });
    const shown = { busy: false, failure: failureOf(error) };
    // What was judged before the order is there when the failure is seen to, and is not judged again.
    if (order && of === order) useEvaluation.setState(shown);
    else {
      useEvaluation.setState({ ...shown, judged: null, generated: null, of: null, incoming: null, refused: incoming });
    }
  },
);

/** Starts to follow the settings. Called once, when the page loads and the worker is there. */
export function startEvaluate(): void {
  onComputeEvent((event) => {
    // Ignore late progress of a stopped generation.
    if (!useGeneration.getState().progress) return;
    if (event.type === "generate-preview") {
      const { done, total, frames } = event;
      useGeneration.setState({ preview: { done, total, frames } });
    } else if (event.type === "generate-progress") {
      const { stage, done, total } = event;
      useGeneration.setState({ progress: { stage, done, total } });
    }
  });
  useSettings.subscribe((now, before) => {
    if (keyOf(now) !== keyOf(before)) leave(now);
    follow();
  });
  useEvaluation.subscribe(follow);
  useGeneration.subscribe(follow);
  onLink(makeLinked);
  makeLinked();
  follow();
}

/** A link to a student's clip was opened: it is made, unless it is there, by the one student that a link can be of. */
function makeLinked(): void {
  const settings = useSettings.getState();
  if (settings.view !== "evaluate" || settings.maker !== "student" || !mayDownload()) return;
  chooseTrained(null);
  const { generated, of } = useEvaluation.getState();
  const source = of === keyOf(settings) ? generated?.made.source : undefined;
  const shown = source?.kind === "student" && source.model.card !== null ? source : null;
  const { order } = useGeneration.getState();
  const there = order?.trained ? null : (order ?? shown);
  if (there && orderKey(there) === orderKey(orderOf(settings))) return;
  stopGenerating();
  void generate();
}

type Order = Pick<GenerateRequest, "prompt" | "seed" | "steps" | "guidance" | "given">;

const orderKey = (order: Order | null): string =>
  JSON.stringify(order && [order.prompt, order.seed, order.steps, order.guidance, order.given]);

/** What of our student is asked for, by the settings; null where they are of a file. */
function orderOf(settings: Settings): Order | null {
  const { denoisingSteps: steps, guidance, firstGiven: given } = settings;
  const clip = judgedClip(settings);
  return clip && { ...clip, steps, guidance, given };
}

/** Another clip is named: what was under way for the one before is given up. */
function leave(settings: Settings): void {
  stopGenerating();
  if (useEvaluation.getState().of === keyOf(settings)) return;
  useEvaluation.setState({ failure: null, incoming: null, refused: null });
}

function follow(): void {
  const settings = useSettings.getState();
  const evaluation = useEvaluation.getState();
  const isOn = settings.view === "evaluate";
  const awaits = awaitedFile(settings, evaluation) !== null;
  const file = awaits && isOn && !evaluation.failure ? evaluation.files.get(settings.judged) : undefined;
  // Nothing that can be judged.
  if (isOn && !judgedClip(settings) && !judgedFile(settings)) judgeDefault();
  else if (file) judgeFile(file);
  else if (awaits && evaluation.judged) useEvaluation.setState({ judged: null, of: null, generated: null });
  else evaluate.run();
}

/** Puts the user's file before the judge. It stays on this machine. */
export const judgeFile = (file: File): void => useEvaluation.setState({ incoming: file, refused: null });

/** Who makes the clip from now on; a file gives way to the first clip. A clip by our student is made when it is asked for. */
export function chooseMaker(maker: Maker): void {
  const { judged } = judgedClip(useSettings.getState()) ? useSettings.getState() : DEFAULTS;
  setSettings({ maker, judged, corruption: DEFAULTS.corruption });
}

/** The chosen student makes the clip of the sentence and seed on show. */
export async function generate(): Promise<void> {
  const settings = useSettings.getState();
  const order = orderOf(settings);
  if (!order) return;
  const isNamed = () => keyOf(useSettings.getState()) === keyOf(settings);
  useEvaluation.setState({ failure: null });
  try {
    const trained = await chosenStudent();
    // While it was read another clip was named, of which this one would be shown.
    if (!isNamed()) return;
    useGeneration.setState({
      order: { type: "generate", ...order, ...(trained ? { trained } : {}) },
      progress: { stage: "denoising", done: 0, total: order.steps },
      preview: null,
    });
  } catch (error) {
    if (isNamed()) useEvaluation.setState({ failure: failureOf(error) });
  }
}

/** A student's file that is dropped on Evaluate draws from now on; at once where another file could not. */
export async function takeStudent(file: File): Promise<void> {
  await bringStudent(file);
  chooseMaker("student");
  if (useEvaluation.getState().failure?.code === "student-file") await generate();
}

/** Stops what is being made; what is on show stays. */
export function stopGenerating(): void {
  if (!useGeneration.getState().order) return;
  useGeneration.setState({ order: null, progress: null, preview: null });
  // What cannot be stopped is nobody's either.
  tryRequest({ type: "generate-stop" }).catch(() => {});
}

/** Tries again what failed. */
export function judgeAgain(): void {
  const { refused } = useEvaluation.getState();
  useEvaluation.setState({ failure: null, refused: null, incoming: refused });
  evaluate.retry();
  void loadSandbox();
}

/** From a failure back to a clip that can be judged: the first one. */
export function judgeDefault(): void {
  const { judged, corruption, maker } = DEFAULTS;
  evaluate.lose("judge");
  useEvaluation.setState({ failure: null, incoming: null, refused: null, of: null });
  setSettings({ judged, corruption, maker });
  evaluate.retry();
}

/** On a phone a download is the user's to start. */
const mayDownload = () => matchMedia("(hover: hover)").matches;

async function judge({ type, source, key }: JudgeWant): Promise<Judged | undefined> {
  useEvaluation.setState({ busy: true });
  const isNamed = () => source.kind === "file" || key === keyOf(useSettings.getState());
  const judged = await tryRequest({ type, source }).catch((error: unknown) => {
    if (isNamed()) throw error;
    return undefined;
  });
  if (!isNamed()) {
    // Given up for what was on show before, which may be a clip that our student made: it is there still.
    const isBack = useEvaluation.getState().of === keyOf(useSettings.getState());
    if (isBack) useEvaluation.setState({ busy: false });
    return undefined;
  }
  // A newer one is on its way, and says when it is done.
  if (!judged) return undefined;
  const shown = { judged, generated: null, busy: false, failure: null };
  if (source.kind === "sandbox") {
    useEvaluation.setState({ ...shown, of: key });
    return judged;
  }
  const { incoming, files } = useEvaluation.getState();
  // Given up for a clip of the settings.
  if (incoming !== source.file) return judged;
  const { corruption, maker } = DEFAULTS;
  const id = fileId(judged.contentHash, source.file.name);
  const change = { judged: id, corruption, maker };
  useEvaluation.setState({ ...shown, of: keyOf(change), files: new Map(files).set(id, source.file) });
  setSettings(change);
  useEvaluation.setState({ incoming: null });
  return judged;
}
