import type { Pause } from "../gpu/steps.ts";
import type { ArenaState } from "../nn/arena.ts";
import type { Joint } from "./diffusion/balance.ts";
import type { StepNumbers } from "./numbers.ts";

/** What a session trains: a student with its data, loss and optimiser, on one device. M is what it measures of itself. */
export interface Trainable<M> {
  /** Takes step t (from 1) and returns once it is submitted; its numbers come back through `collect`. */
  step(t: number, pause: Pause): Promise<void>;
  /** The numbers that are there, in order; with `all` it waits for those on their way. */
  collect(all: boolean): Promise<StepNumbers[]>;
  measure(pause: Pause): Promise<M>;
  /** Everything a checkpoint needs, random state included, after the steps taken so far. */
  save(): Promise<TrainableState>;
  destroy(): void;
}

/** A student's state as plain data: enough to go on bit-equal, on any device. */
export interface TrainableState {
  readonly step: number;
  readonly random: number;
  /** By name, each laid out as the arena of the student is. */
  readonly tensors: ArenaState;
  /** λ of a run that balances it, and the losses' gradients by which it was moved last. */
  readonly lambda?: number;
  readonly joint?: Joint | null;
}

export interface SessionOptions {
  readonly steps: number;
  readonly evaluateEvery: number;
  /** Steps between two states kept in memory, which a lost device goes back to. */
  readonly checkpointEvery: number;
}

export type SessionStatus = "idle" | "running" | "paused" | "done" | "failed";

export interface SessionEvents<M> {
  status(): void;
  numbers(numbers: StepNumbers): void;
  measured(step: number, measurement: M): void;
}

/** Something that a run in its present status cannot do. */
export class SessionError extends Error {
  override readonly name = "SessionError";
}

/**
 * One training run as a state machine: idle → running ⇄ paused → done or failed. It owns no loop: whoever hosts it calls
 * `advance` as long as that answers true, and may do other things in between. Knows neither page nor model.
 */
export class Session<M> {
  readonly #options: SessionOptions;
  readonly #events: SessionEvents<M>;
  #trainable: Trainable<M>;
  #status: SessionStatus = "idle";
  #step: number;
  #measuredAt = -1;
  #kept: TrainableState;
  #problem: string | null = null;

  /** @param state what the trainable starts from */
  constructor(trainable: Trainable<M>, state: TrainableState, options: SessionOptions, events: SessionEvents<M>) {
    this.#trainable = trainable;
    this.#options = options;
    this.#events = events;
    this.#step = state.step;
    this.#kept = state;
  }

  get status(): SessionStatus {
    return this.#status;
  }

  /** Steps that were taken. */
  get step(): number {
    return this.#step;
  }

  /** Why it failed. */
  get problem(): string | null {
    return this.#problem;
  }

  /** The last state kept in memory. */
  get kept(): TrainableState {
    return this.#kept;
  }

  /** @throws SessionError in a run that is over */
  start(): void {
    this.#expect("start", ["idle", "paused"]);
    this.#become("running");
  }

  /** Stops between two steps, with all numbers in. */
  async pause(): Promise<void> {
    if (this.#status === "idle") this.#become("paused");
    if (this.#status !== "running") return;
    await this.#collect(true);
    // A number that came in last may have ended the run.
    if (this.#status === "running") this.#become("paused");
  }

  /** One step of a paused run. @throws SessionError in one that is not paused */
  async single(pause: Pause): Promise<void> {
    this.#expect("take one step of", ["idle", "paused"]);
    if (this.#status === "idle") this.#become("paused");
    await this.#measureWhenDue(pause);
    // Paused while its last look was drawn it has no step left.
    if (this.#status === "paused" && !this.#isComplete) {
      await this.#takeStep(pause);
      await this.#collect(true);
    }
    if (this.#status === "paused" && this.#isComplete) await this.#finish(pause);
  }

  /** Does the next small thing of a running session. @returns whether there is more to do */
  async advance(pause: Pause): Promise<boolean> {
    if (this.#status !== "running") return false;
    const measured = await this.#measureWhenDue(pause);
    if (this.#status !== "running" || measured) return this.#status === "running";
    if (this.#isComplete) {
      await this.#finish(pause);
      return false;
    }
    await this.#takeStep(pause);
    await this.#collect(false);
    if (this.#step % this.#options.checkpointEvery === 0 && this.#status === "running") {
      await this.#collect(true);
      if (this.#status === "running") this.#kept = await this.#trainable.save();
    }
    return this.#status === "running";
  }

  /** The state after the steps taken so far; of a failed run, before the step that broke it. */
  async save(): Promise<TrainableState> {
    await this.#collect(true);
    this.#kept = await this.#trainable.save();
    return this.#kept;
  }

  /** Goes on from the last kept state on another device. The numbers that were on their way are taken again. */
  recover(trainable: Trainable<M>): void {
    this.#trainable = trainable;
    this.#goBack();
  }

  /** Gives up, with a sentence; a run that is over keeps its status and its sentence. */
  fail(problem: string): void {
    if (this.#status === "done" || this.#status === "failed") return;
    this.#problem = problem;
    this.#become("failed");
  }

  /** The same where no device takes it on: what came after the last kept state is lost. A run that is over keeps its status and its sentence. */
  failWithoutDevice(problem: string): void {
    this.#goBack();
    this.fail(problem);
  }

  /** To the last kept state: what came after it did not happen, what was measured neither. */
  #goBack(): void {
    this.#step = this.#kept.step;
    if (this.#measuredAt > this.#step) this.#measuredAt = -1;
    this.#events.status();
  }

  get #isComplete(): boolean {
    return this.#step >= this.#options.steps;
  }

  async #takeStep(pause: Pause): Promise<void> {
    await this.#trainable.step(this.#step + 1, pause);
    this.#step++;
  }

  async #collect(all: boolean): Promise<void> {
    for (const numbers of await this.#trainable.collect(all)) {
      if (this.#status === "failed") return;
      if (numbers.bad) {
        this.#step = numbers.step - 1;
        // Before it is said: a lost device goes back to it.
        this.#kept = await this.#trainable.save();
        this.fail(
          `step ${numbers.step} gave a loss of ${numbers.loss} and a gradient of norm ${numbers.gradNorm}: the student of step ${this.#step} is kept; start again with a smaller learning rate`,
        );
        return;
      }
      this.#events.numbers(numbers);
    }
  }

  async #measureWhenDue(pause: Pause): Promise<boolean> {
    const due = this.#step % this.#options.evaluateEvery === 0 || this.#isComplete;
    if (!due || this.#measuredAt === this.#step) return false;
    await this.#collect(true);
    if (this.#status === "failed") return false;
    const step = this.#step;
    const measurement = await this.#trainable.measure(pause);
    this.#measuredAt = step;
    this.#events.measured(step, measurement);
    return true;
  }

  async #finish(pause: Pause): Promise<void> {
    await this.#collect(true);
    if (this.#status === "failed") return;
    await this.#measureWhenDue(pause);
    this.#kept = await this.#trainable.save();
    this.#become("done");
  }

  #become(status: SessionStatus): void {
    this.#status = status;
    this.#events.status();
  }

  #expect(what: string, allowed: readonly SessionStatus[]): void {
    if (!allowed.includes(this.#status)) {
      throw new SessionError(
        `cannot ${what} a run that is ${this.#status}: it would have to be ${allowed.join(" or ")}; start a new one`,
      );
    }
  }
}
