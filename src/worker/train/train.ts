import { traitsOf } from "../../alignment/losses.ts";
import { matchesOf } from "../../alignment/matches.ts";
import { tokenIndices } from "../../alignment/token_index.ts";
import { tubeletOf } from "../../encoders/input.ts";
import type { Gpu } from "../../gpu/gpu.ts";
import type { Pause } from "../../gpu/steps.ts";
import { bestMatches } from "../../train/agreement.ts";
import type { AlignData } from "../../train/align_data.ts";
import { initialState, layoutOf, type RunCost, runCost } from "../../train/align_design.ts";
import { AlignRun } from "../../train/align_run.ts";
import { readCheckpoint, writeCheckpoint } from "../../train/checkpoint.ts";
import type { AlignMeasurement } from "../../train/measure.ts";
import { checkFrames, parseRecipe, type Recipe } from "../../train/recipe.ts";
import { Session, SessionError, type TrainableState } from "../../train/session.ts";
import { measureSpeed } from "../../train/speed.ts";
import { stepsChange } from "../../train/steps_change.ts";
import { checkQueries, checkTaus } from "../checks.ts";
import { BadRequest } from "../failures.ts";
import type {
  Correspondence,
  MaskId,
  RecipeInput,
  TrainCheckpoint,
  TrainData,
  TrainEstimate,
  TrainEstimateRequest,
  TrainInput,
  TrainInspected,
  TrainMatchesRequest,
  TrainRestoreRequest,
  TrainStarted,
  TrainStartRequest,
  TrainState,
  TrainWatchRequest,
} from "../protocol.ts";
import type { Workspace } from "../workspace.ts";
import { alignDataOf, checkMarks, checkSameData, inputsOf, trainDataOf } from "./data.ts";

/** The run there is: what it takes to make it again on another device, and the device's part of it. */
interface Run {
  readonly number: number;
  readonly recipe: Recipe;
  readonly data: AlignData;
  readonly about: TrainData;
  readonly cost: RunCost;
  readonly session: Session<AlignMeasurement>;
  /** null once its device is gone. */
  align: AlignRun | null;
}

/** Of the user's own marks all are asked. */
const withMask = (recipe: RecipeInput, brought: MaskId | undefined): RecipeInput =>
  brought ? { ...recipe, rho: 1 } : recipe;

const OF_CHECKPOINT = ["the checkpoint is of", "open that clip with those settings first"] as const;
const OF_START = ["the run was to be of", "start it again for that, or put back what it was to be of"] as const;

const IDLE: TrainState = { run: 0, status: "idle", step: 0, steps: 0, failure: null };

/** Hosts the one training run of a worker. Its steps are the worker's background: they run while no request waits. */
export class Trainer {
  readonly #space: Workspace;
  readonly #wake: () => void;
  #run: Run | null = null;
  #watch: TrainWatchRequest | null = null;
  #watchedAt = -1;
  /** FLOP a second of this device's last steps. */
  #speed: number | null = null;

  /** @param wake called when there is background work to do */
  constructor(space: Workspace, wake: () => void) {
    this.#space = space;
    this.#wake = wake;
  }

  async step(pause: Pause): Promise<TrainState> {
    await this.#withSession((session) => session.single(pause));
    await this.#lookWhenDue(pause);
    return this.#state();
  }

  async pause(): Promise<TrainState> {
    await this.#withSession((session) => session.pause());
    return this.#state();
  }

  async resume(): Promise<TrainState> {
    await this.#withSession((session) => session.start());
    this.#wake();
    return this.#state();
  }

  /** Ends the run there is, if there is one, and frees what it holds. */
  stop(): TrainState {
    const run = this.#run;
    this.#run = null;
    this.#watch = null;
    run?.align?.destroy();
    if (run) this.#space.emit({ type: "train-state", ...IDLE, run: run.number });
    return IDLE;
  }

  async checkpoint(): Promise<TrainCheckpoint> {
    const { session, align, recipe, about, data } = this.#required();
    const state = align ? await session.save() : session.kept;
    return { step: state.step, bytes: writeCheckpoint(state, layoutOf(recipe, data), recipe, about) };
  }

  async watch(request: TrainWatchRequest, pause: Pause): Promise<null> {
    this.#setWatch(request);
    await this.#lookWhenDue(pause);
    return null;
  }

  /** The next small piece of the run. @returns whether there is more */
  async work(pause: Pause): Promise<boolean> {
    const run = this.#run;
    const { gpu } = this.#space.compute;
    if (!run?.align) return false;
    try {
      const more = await run.session.advance(pause);
      await this.#lookWhenDue(pause);
      return more;
    } catch (error) {
      // A lost device is replaced before anything else runs, and the run with it.
      if (await this.#space.compute.isLost(gpu)) return true;
      run.session.fail(error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  /** Puts the run onto the current device, from the last state kept in memory. Never throws. */
  async recover(): Promise<void> {
    const run = this.#run;
    if (!run) return;
    run.align = null;
    const { gpu } = this.#space.compute;
    this.#watchedAt = -1;
    if (!gpu) {
      const where = `the student of step ${run.session.kept.step} is kept, save it as a checkpoint`;
      run.session.failWithoutDevice(`the GPU is gone and training needs one: ${where} and reload the page`);
      return;
    }
    try {
      run.align = await AlignRun.create(gpu, run.recipe, run.data, run.session.kept);
      run.session.recover(run.align);
      this.#wake();
    } catch (error) {
      if (await this.#space.compute.isLost(gpu)) return;
      run.session.failWithoutDevice(error instanceof Error ? error.message : String(error));
    }
  }

  async start(request: TrainStartRequest): Promise<TrainStarted> {
    const { run, recipe: asks, input = "patches", brought, data: of, status } = request;
    if (of) checkSameData(OF_START, of, trainDataOf(this.#space, input));
    const recipe = asked(() => parseRecipe(withMask(asks, brought)));
    const started = await this.#begin(run, recipe, { input, ...(brought && { brought }) }, status, (data) =>
      initialState(recipe, data),
    );
    return { ...started, stepsChange: null };
  }

  async restore({ run, bytes, status, steps }: TrainRestoreRequest): Promise<TrainStarted> {
    const checkpoint = asked(() => readCheckpoint(bytes));
    const { input = "patches", brought } = checkpoint.data as TrainData;
    checkSameData(OF_CHECKPOINT, checkpoint.data as TrainData, trainDataOf(this.#space, input));
    const { steps: before } = checkpoint.recipe;
    const recipe = asked(() => parseRecipe({ ...checkpoint.recipe, steps: steps ?? before }));
    const seen = { input, ...(brought && { brought }) };
    const started = await this.#begin(run, recipe, seen, status, (data) =>
      asked(() => checkpoint.state(layoutOf(recipe, data))),
    );
    return { ...started, stepsChange: stepsChange(started.step, before, recipe.steps) };
  }

  async #begin(
    number: number,
    recipe: Recipe,
    { input, brought }: { readonly input: TrainInput; readonly brought?: MaskId },
    status: "running" | "paused",
    stateOf: (data: AlignData) => TrainableState,
  ): Promise<Omit<TrainStarted, "stepsChange">> {
    const about = trainDataOf(this.#space, input, brought);
    asked(() => checkFrames(recipe, about.grid.F, tubeletOf(about.encoder)));
    const gpu = this.#gpu();
    const data = await alignDataOf(this.#space, input, brought);
    if (brought && traitsOf(recipe.loss).queries === "moving") checkMarks(data, recipe);
    const state = stateOf(data);
    // The run before goes first, so that two never share the memory.
    this.stop();
    const align = await AlignRun.create(gpu, recipe, data, state).catch((error: unknown) => {
      throw error instanceof RangeError ? new BadRequest(error.message) : error;
    });
    const { emit } = this.#space;
    const cost = runCost(recipe, data);
    const session = new Session(align, state, recipe, {
      status: () => emit({ type: "train-state", ...this.#state() }),
      numbers: ({ step, loss, gradNorm, ms }) => {
        this.#speed = (1000 * cost.flopPerStep) / ms;
        emit({ type: "train-step", run: number, step, loss, gradNorm, ms });
      },
      measured: (step, { train, held }) => emit({ type: "train-agreement", run: number, step, train, held }),
    });
    this.#run = { number, recipe, data, about, cost, session, align };
    if (status === "running") session.start();
    else await session.pause();
    this.#wake();
    return { ...this.#state(), recipe, data: about, parameters: cost.parameters, bytes: cost.bytes };
  }

  async estimate({ recipe: asks, input = "patches", brought }: TrainEstimateRequest): Promise<TrainEstimate> {
    const recipe = asked(() => parseRecipe(withMask(asks, brought)));
    const about = trainDataOf(this.#space, input);
    const { grid, encoder } = about;
    asked(() => checkFrames(recipe, grid.F, tubeletOf(encoder)));
    const cost = asked(() => runCost(recipe, { grid, inputs: inputsOf(this.#space, about), C: grid.C }));
    this.#speed ??= await measureSpeed(this.#gpu());
    return { ...cost, secondsPerStep: cost.flopPerStep / this.#speed };
  }

  #setWatch(request: TrainWatchRequest): void {
    const { data } = this.#required();
    if (request.query) checkQueries([request.query], { ...data.grid, C: data.C });
    checkTaus([request.tau]);
    if (!(Number.isInteger(request.every) && request.every >= 1)) {
      throw new BadRequest(`every must be a whole number of steps from 1 on, got ${request.every}`);
    }
    this.#watch = request.query ? request : null;
    this.#watchedAt = -1;
  }

  /** Emits the watched token's correspondence after every `every` steps, and once when the watch is new or the run is over. */
  async #lookWhenDue(pause: Pause): Promise<void> {
    const [run, watch] = [this.#run, this.#watch];
    if (!run?.align || !watch?.query) return;
    const { step, status } = run.session;
    const due = this.#watchedAt < 0 || step - this.#watchedAt >= watch.every || status !== "running";
    if (!due || step === this.#watchedAt) return;
    this.#watchedAt = step;
    const { data, align } = run;
    const { query, tau } = watch;
    const S = data.grid.H * data.grid.W;
    const token = tokenIndices([query], { ...data.grid, C: data.C });
    const student = await align.views.student(token, [tau], pause);
    const teacher = await align.views.teacher(token[0], tau);
    const [frame, row, col] = query;
    const truth = data.trackOf(frame, row, col);
    this.#space.emit({
      type: "train-query",
      run: run.number,
      step,
      query,
      tau,
      student: student.probabilities[0],
      teacher: teacher.probabilities[0],
      studentBest: bestMatches(student, S),
      teacherBest: bestMatches(teacher, S),
      truth,
    });
  }

  async matches({ queries, taus }: TrainMatchesRequest, pause: Pause): Promise<Correspondence> {
    const started = performance.now();
    const { data, align } = this.#required();
    if (!align) throw new BadRequest("the run's GPU is gone: start a new run");
    const grid = { ...data.grid, C: data.C };
    checkQueries(queries, grid);
    checkTaus(taus);
    const found = await align.views.student(tokenIndices(queries, grid), taus, pause);
    const tracks = queries.map(([frame, row, col]) => data.trackOf(frame, row, col));
    const truth = tracks.some((track) => track === null) ? null : new Float32Array(2 * grid.F * queries.length);
    for (const [q, track] of tracks.entries()) if (track) truth?.set(track, q * grid.F * 2);
    const timings = { ...found.timings, totalMs: performance.now() - started };
    return { ...found, queries, taus, matches: matchesOf(found, taus, grid), truth, timings };
  }

  #state(): TrainState {
    if (!this.#run) return IDLE;
    const { number, session, recipe } = this.#run;
    const { status, step, problem } = session;
    const failure = problem === null ? null : this.#space.compute.failure(new BadRequest(problem));
    return { run: number, status, step, steps: recipe.steps, failure };
  }

  /** Does something with the session; what it refuses is the request's mistake. */
  async #withSession(act: (session: Session<AlignMeasurement>) => Promise<void> | void): Promise<void> {
    const { session, align } = this.#required();
    if (!align) throw new BadRequest("the run's GPU is gone: start a new run");
    try {
      await act(session);
    } catch (error) {
      throw error instanceof SessionError ? new BadRequest(error.message) : error;
    }
  }

  #required(): Run {
    if (!this.#run) throw new BadRequest("there is no run: start one first");
    return this.#run;
  }

  #gpu(): Gpu {
    const { gpu } = this.#space.compute;
    if (!gpu)
      throw new BadRequest(
        "training needs a GPU, and this browser gave none: try Chrome or Edge with hardware acceleration",
      );
    return gpu;
  }
}

/** What a checkpoint is of, without loading it. @throws BadRequest */
export function inspect(bytes: Uint8Array): TrainInspected {
  const { recipe, data, step } = asked(() => readCheckpoint(bytes));
  return { recipe, data: data as TrainData, step };
}

/** Runs a check; what it throws is the request's mistake. */
function asked<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw new BadRequest(error instanceof Error ? error.message : String(error));
  }
}
