import type { Pause } from "../../gpu/steps.ts";
import { loadPart } from "../../site/files.ts";
import type { Workspace } from "../workspace.ts";
import type { StudentTrainer } from "./trainer.ts";

/** The diffusion student's trainer with the world and the judge, which load when they are first needed. */
export class Students {
  readonly #space: Workspace;
  readonly #wake: () => void;
  #loading: Promise<StudentTrainer> | null = null;
  #trainer: StudentTrainer | null = null;

  /** @param wake called when there is background work to do */
  constructor(space: Workspace, wake: () => void) {
    this.#space = space;
    this.#wake = wake;
  }

  load(): Promise<StudentTrainer> {
    this.#loading ??= loadPart("the student's training", () => import("./trainer.ts")).then(
      (part) => {
        this.#trainer = new part.StudentTrainer(this.#space, this.#wake);
        return this.#trainer;
      },
      (error: unknown) => {
        // A download that broke may work the next time.
        this.#loading = null;
        throw error;
      },
    );
    return this.#loading;
  }

  /** A stop or a pause of a run is on its way. */
  async interrupt(run: number, by: "stop" | "pause"): Promise<void> {
    this.#trainer?.interrupt(run, by);
  }

  /** The next small piece of a run. @returns whether there is more */
  work(pause: Pause): Promise<boolean> {
    return this.#trainer?.work(pause) ?? Promise.resolve(false);
  }

  /** Puts the runs onto the current device. Never throws. */
  recover(): Promise<void> {
    return this.#trainer?.recover() ?? Promise.resolve();
  }
}
