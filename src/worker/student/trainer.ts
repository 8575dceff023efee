import student from "../../../models/student/student.json";
import { clipEncoders } from "../../data/encode.ts";
import { TEACHER_CHANNELS } from "../../data/grid.ts";
import { openKept } from "../../data/kept.ts";
import { simulatorThread } from "../../data/simulator.ts";
import { type Task, taskOf } from "../../data/task.ts";
import type { EncoderContext } from "../../encoders/types.ts";
import { unlessAborted } from "../../encoders/unless_aborted.ts";
import { type FileTensor, parseSafetensors } from "../../formats/safetensors.ts";
import type { Gpu } from "../../gpu/gpu.ts";
import type { Pause } from "../../gpu/steps.ts";
import type { Joint } from "../../train/diffusion/balance.ts";
import { readStudentCheckpoint, writeStudentCheckpoint } from "../../train/diffusion/checkpoint.ts";
import { designOf } from "../../train/diffusion/design.ts";
import { runMemory } from "../../train/diffusion/estimate.ts";
import { parseStudentRecipe, type StudentRecipe, shapeOf } from "../../train/diffusion/recipe.ts";
import { DiffusionRun, partsOf } from "../../train/diffusion/run.ts";
import { SharedScratch } from "../../train/diffusion/scratch.ts";
import { projectorMisfit, shapeOfFile, startState, stepLayout } from "../../train/diffusion/start.ts";
import type { StepDesign } from "../../train/diffusion/step.ts";
import { Session, type Trainable, type TrainableState } from "../../train/session.ts";
import { stepsChange } from "../../train/steps_change.ts";
import { lawsWith } from "../../world/laws.ts";
import { createWorld, type World } from "../../world/world.ts";
import { BadRequest } from "../failures.ts";
import type {
  StudentCheckpointReply,
  StudentCorrespondence,
  StudentCorrespondRequest,
  StudentEstimate,
  StudentEstimateRequest,
  StudentMeasured,
  StudentPlausible,
  StudentPlausibleRequest,
  StudentRestoreRequest,
  StudentSample,
  StudentStarted,
  StudentStartRequest,
  StudentState,
  StudentTensors,
} from "../protocol/student.ts";
import { progressOf, type Running, unstoppable, type Workspace } from "../workspace.ts";
import { asked, asSession, checkGrid, sentenceOf } from "./asked.ts";
import { ClipShelf } from "./clips.ts";
import { correspondIn } from "./correspond.ts";
import { estimateRun, measureRun } from "./estimate.ts";
import { Interrupted, Interrupts } from "./interrupts.ts";
import { type Looks, looksOf } from "./looks.ts";
import { plausibleIn } from "./plausible.ts";

interface StudentLook {
  readonly samples: readonly StudentSample[];
  readonly joint: Joint | null;
}

/** A run: what it takes to make it again on another device, and the device's part of it. */
interface Run {
  readonly number: number;
  readonly recipe: StudentRecipe;
  readonly design: StepDesign;
  readonly shelf: ClipShelf;
  readonly looks: Looks;
  readonly session: Session<StudentLook>;
  readonly interrupts: Interrupts;
  /** null once its device is gone. */
  device: DiffusionRun | null;
}

const SHIPPED = student.shape;
const WEIGHTS = "student-weights";

const taskOfRecipe = ({ task, clips, given, laws }: StudentRecipe): Task =>
  taskOf(task, { clips, given, laws: lawsWith(laws) });

/** Hosts the runs of the diffusion student. Their steps are the worker's background, one of each in turn. */
export class StudentTrainer {
  readonly #space: Workspace;
  readonly #wake: () => void;
  readonly #runs = new Map<number, Run>();
  #world: Promise<World> | null = null;
  /** Of the current device. */
  #scratch: SharedScratch | null = null;

  /** @param wake called when there is background work to do */
  constructor(space: Workspace, wake: () => void) {
    this.#space = space;
    this.#wake = wake;
  }

  async start(request: StudentStartRequest, running: Running): Promise<StudentStarted> {
    const recipe = asked(() => parseStudentRecipe(request.recipe));
    const tensors = await unlessAborted(this.#tensorsOf(recipe, request.weights), running.signal);
    const shape = asked(() => (tensors ? shapeOfFile(tensors, SHIPPED) : shapeOf(recipe, SHIPPED)));
    let projectorAnew: string | null = null;
    const started = await this.#begin(request, recipe, shape, running, (design) => {
      projectorAnew = tensors && projectorMisfit(design, tensors);
      return startState(design, stepLayout(design, recipe.optimizer), recipe.seed, tensors);
    });
    return { ...started, stepsChange: null, projectorAnew };
  }

  async restore(request: StudentRestoreRequest, running: Running): Promise<StudentStarted> {
    const checkpoint = asked(() => readStudentCheckpoint(request.bytes, SHIPPED));
    const { steps: before } = checkpoint.recipe;
    const recipe = asked(() => parseStudentRecipe({ ...checkpoint.recipe, steps: request.steps ?? before }));
    const started = await this.#begin(request, recipe, checkpoint.shape, running, (design) =>
      checkpoint.state(stepLayout(design, recipe.optimizer)),
    );
    return { ...started, stepsChange: stepsChange(started.step, before, recipe.steps), projectorAnew: null };
  }

  /** What a run of a recipe takes. */
  estimate(request: StudentEstimateRequest): StudentEstimate {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.#gpu().device.limits;
    return asked(() => estimateRun(request, Math.min(maxBufferSize, maxStorageBufferBindingSize)));
  }

  /** How long a step of it takes here. */
  async measure(request: StudentEstimateRequest, pause: Pause): Promise<StudentMeasured> {
    asked(() => estimateRun(request, Number.POSITIVE_INFINITY));
    return measureRun(this.#gpu(), request, pause);
  }

  async step(number: number, pause: Pause): Promise<StudentState> {
    const run = this.#required(number);
    await asSession(() => run.session.single(pause));
    return this.#stateOf(run);
  }

  /** A stop or a pause is on its way: what it would wait for is given up. A step under way is finished before a pause. */
  interrupt(number: number, by: "stop" | "pause"): void {
    const run = this.#runs.get(number);
    if (!run) return;
    run.interrupts.give(by === "stop" ? "all" : "look");
    if (by === "stop") run.shelf.close(run.interrupts.end.signal.reason);
  }

  async pause(number: number): Promise<StudentState> {
    const run = this.#required(number);
    await run.session.pause();
    return this.#stateOf(run);
  }

  async resume(number: number): Promise<StudentState> {
    const run = this.#required(number);
    await asSession(() => run.session.start());
    this.#wake();
    return this.#stateOf(run);
  }

  /** Ends a run, if it is there, and frees what it holds. */
  stop(number: number): StudentState {
    const run = this.#runs.get(number);
    this.#runs.delete(number);
    run?.device?.destroy();
    run?.shelf.close();
    const state: StudentState = { run: number, status: "idle", step: 0, steps: 0, failure: null };
    if (run) this.#space.emit({ type: "student-state", ...state });
    return state;
  }

  async checkpoint(number: number): Promise<StudentCheckpointReply> {
    const { session, device, recipe, design } = this.#required(number);
    const state = device ? await session.save() : session.kept;
    return { step: state.step, bytes: writeStudentCheckpoint(state, stepLayout(design, recipe.optimizer), recipe) };
  }

  /** A run's tensors; those of one that failed show what broke it. */
  async tensors(number: number, pause: Pause): Promise<StudentTensors> {
    const { device, session } = this.#required(number);
    if (!device) throw new BadRequest("the run's GPU is gone: its tensors are seen again when it goes on");
    const activations = await device.activations(pause);
    return { run: number, step: session.step, tensors: await device.tensors(), activations };
  }

  /** Where a token of a clip that it trains on is found now. */
  async correspond(request: StudentCorrespondRequest, pause: Pause): Promise<StudentCorrespondence> {
    const { device, session, shelf, recipe, design } = this.#required(request.run);
    if (!device) throw new BadRequest("the run's GPU is gone: it is looked into again when it goes on");
    const { run, clip, ...rest } = request;
    if (clip !== 0 && !shelf.has(clip))
      throw new BadRequest(`clip ${clip} is not prepared yet: look at an earlier one`);
    const prepared = await shelf.get(clip);
    const { step } = session;
    const world = await this.#loadWorld();
    const found = await correspondIn(world, { device, design, recipe }, prepared, rest, pause);
    return { run, step, asked: { clip, query: rest.query, block: rest.block, t: rest.t }, ...found };
  }

  /** Whether it minds a broken law in one clip. */
  async plausible({ run, clip }: StudentPlausibleRequest, pause: Pause): Promise<StudentPlausible> {
    const { device, session, recipe } = this.#required(run);
    if (!device) throw new BadRequest("the run's GPU is gone: it is measured again when it goes on");
    const task = asked(() => taskOfRecipe(recipe));
    const encoders = clipEncoders(this.#context());
    const { step } = session;
    const world = await this.#loadWorld();
    return { run, step, ...(await plausibleIn(world, device, { recipe, task, encoders }, clip, pause)) };
  }

  /** The next small piece of the run that has taken the fewest steps. @returns whether there is more */
  async work(pause: Pause): Promise<boolean> {
    const run = [...this.#runs.values()]
      .filter(({ session, device }) => device !== null && session.status === "running")
      .sort((a, b) => a.session.step - b.session.step)[0];
    if (!run?.device) return false;
    const { gpu } = this.#space.compute;
    try {
      await this.#advance(run, run.device, run.interrupts.ofRun(pause));
    } catch (error) {
      if (error instanceof Interrupted) return true;
      // A lost device is replaced before anything else runs, and the run with it.
      if (!(await this.#space.compute.isLost(gpu))) run.session.fail(sentenceOf(error));
    }
    return true;
  }

  /** Puts the runs onto the current device, from the last states kept in memory. Never throws. */
  async recover(): Promise<void> {
    for (const run of this.#runs.values()) await this.#recover(run);
  }

  async #advance({ session, shelf, recipe }: Run, device: DiffusionRun, pause: Pause): Promise<void> {
    // A clip at a time, so that whoever asks for something meanwhile is answered.
    const ready = session.step >= recipe.steps || device.clipsOf(session.step + 1).every((index) => shelf.has(index));
    if (ready) await session.advance(pause);
    else await shelf.next();
  }

  async #recover(run: Run): Promise<void> {
    run.device = null;
    const { session } = run;
    const { gpu } = this.#space.compute;
    if (!gpu) {
      const where = `the student of step ${session.kept.step} is kept, save it as a checkpoint`;
      session.failWithoutDevice(`the GPU is gone and training needs one: ${where} and reload the page`);
      return;
    }
    try {
      run.device = await this.#device(gpu, run, session.kept);
      session.recover(this.#trainable(run, run.device));
      this.#wake();
    } catch (error) {
      if (await this.#space.compute.isLost(gpu)) return;
      session.failWithoutDevice(sentenceOf(error));
    }
  }

  async #begin(
    { run: number, status }: Pick<StudentStartRequest, "run" | "status">,
    recipe: StudentRecipe,
    shape: StepDesign["shape"],
    { signal, pause }: Running,
    stateOfDesign: (design: StepDesign) => TrainableState,
  ): Promise<Omit<StudentStarted, "stepsChange" | "projectorAnew">> {
    this.#gpu();
    this.stop(number);
    checkGrid(shape);
    const task = asked(() => taskOfRecipe(recipe));
    // What is wrong with the recipe, or with the file that it starts from, is said before a clip is made.
    const design = asked(() => designOf(recipe, shape, TEACHER_CHANNELS));
    const state = asked(() => stateOfDesign(design));
    const world = await this.#loadWorld();
    const context = this.#context();
    const { samples: count, drawn, samplerSteps, given, seed } = recipe;
    const asksFor = { count, drawn, steps: samplerSteps, given: given > 0, seed, shape };
    const looks = await looksOf(world, task, asksFor, context, pause);
    const { emit } = this.#space;
    emit({ type: "student-watched", run: number, watched: looks.watched });
    const teacher = recipe.loss === "none" || recipe.teacher === "self" ? "none" : recipe.teacher;
    const shelf = new ClipShelf(task, {
      teacher,
      simulator: simulatorThread(),
      encoders: clipEncoders(context),
      store: await openKept(),
      progress: (progress) => emit({ type: "student-prepared", run: number, ...progress }),
    });
    const close = () => shelf.close(signal.reason);
    signal.addEventListener("abort", close, { once: true });
    try {
      // The first clip also says what the task cannot do, before anything is allocated.
      await shelf.get(0);
      signal.throwIfAborted();
      const parts = { number, recipe, design, shelf, looks, interrupts: new Interrupts() };
      // Looks and clips take their time: the device may be another one by now.
      const device = await this.#device(this.#gpu(), parts, state);
      const session = new Session(this.#trainable(parts, device), state, recipe, {
        status: () => emit({ type: "student-state", ...this.#stateOf(run) }),
        numbers: ({ step, loss, gradNorm, ms, more }) => {
          const { diffusion, alignment, lambda } = partsOf({ more });
          const aligned = design.alignment ? alignment : null;
          emit({
            type: "student-step-done",
            run: number,
            step,
            loss,
            diffusion,
            alignment: aligned,
            lambda,
            gradNorm,
            ms,
          });
        },
        measured: (step, { samples, joint }) => emit({ type: "student-look", run: number, step, samples, joint }),
      });
      const run: Run = { ...parts, session, device };
      this.#runs.set(number, run);
      if (status === "running") session.start();
      else await session.pause();
      this.#wake();
      // What draws is allocated with the first look.
      const { parameters, bytes } = runMemory(recipe, design);
      return { ...this.#stateOf(run), recipe, shape, parameters, bytes };
    } catch (error) {
      shelf.close(error);
      throw error instanceof RangeError ? new BadRequest(error.message) : error;
    } finally {
      signal.removeEventListener("abort", close);
    }
  }

  #device(
    gpu: Gpu,
    { recipe, design, shelf, looks }: Pick<Run, "recipe" | "design" | "shelf" | "looks">,
    state: TrainableState,
  ): Promise<DiffusionRun> {
    const clip = (index: number) => shelf.get(index);
    // Two arms take their steps in turn, each step a job of its own: so they can share the memory that only a step needs.
    if (this.#scratch?.gpu !== gpu) this.#scratch = new SharedScratch(gpu);
    return DiffusionRun.create(gpu, { recipe, design, clip, draw: looks.plan, scratch: this.#scratch }, state);
  }

  /** The run on its device, whose look is decoded and judged. */
  #trainable({ looks, interrupts }: Pick<Run, "looks" | "interrupts">, device: DiffusionRun): Trainable<StudentLook> {
    return {
      step: (t, pause) => device.step(t, pause),
      collect: (all) => device.collect(all),
      measure: (pause) =>
        interrupts.look(pause, async (givesUp) => {
          const { drawn, joint } = await device.measure(givesUp);
          return { samples: await looks.samplesOf(drawn, this.#context(), givesUp), joint };
        }),
      save: () => device.save(),
      destroy: () => device.destroy(),
    };
  }

  async #tensorsOf(
    { start }: StudentRecipe,
    weights: Uint8Array<ArrayBuffer> | null,
  ): Promise<ReadonlyMap<string, FileTensor> | null> {
    if (start === "random") return null;
    if (start === "base") {
      return parseSafetensors(await this.#space.compute.models.download(WEIGHTS, progressOf(this.#space.emit))).tensors;
    }
    if (!weights) throw new BadRequest("the recipe starts from a file, and none was given");
    return asked(() => parseSafetensors(weights)).tensors;
  }

  #stateOf({ number, session, recipe }: Pick<Run, "number" | "session" | "recipe">): StudentState {
    const { status, step, problem } = session;
    const failure = problem === null ? null : this.#space.compute.failure(new BadRequest(problem));
    return { run: number, status, step, steps: recipe.steps, failure };
  }

  #loadWorld(): Promise<World> {
    this.#world ??= createWorld();
    return this.#world;
  }

  /** Of the device at the time of use. */
  #context(): EncoderContext {
    const { compute, emit } = this.#space;
    return {
      get gpu() {
        return compute.gpu;
      },
      models: compute.models,
      signal: unstoppable,
      progress: progressOf(emit),
    };
  }

  #gpu(): Gpu {
    const { gpu } = this.#space.compute;
    if (gpu) return gpu;
    throw new BadRequest("training needs WebGPU, and this browser has none or lost it: reload the page to try again");
  }

  #required(number: number): Run {
    const run = this.#runs.get(number);
    if (!run) throw new BadRequest(`there is no run ${number} of the student: start one first`);
    return run;
  }
}
