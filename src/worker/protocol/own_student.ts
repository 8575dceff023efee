/** The part of the protocol that takes diffusion students of the user's own as encoders. */

/** Takes a student's safetensors file: a checkpoint of Train, or weights alone. Its averaged weights are held from then on. */
export interface BringStudentRequest {
  readonly type: "bring-student";
  readonly file: File;
}

/** A student that the worker holds. */
export interface BroughtStudent {
  /** The first 16 hex digits of the file's content hash. */
  readonly hash: string;
  /** How many blocks it has, and after which of them its run aligned it; null: none, or nobody says. */
  readonly depth: number;
  readonly aligned: number | null;
}

export interface OwnStudentReplies {
  "bring-student": BroughtStudent;
}

/** Where the browser's private file system keeps runs: a folder for each, in it its newest checkpoint. */
export const KEPT_STUDENTS = { folder: "student-runs", checkpoint: "checkpoint.safetensors" } as const;
