/** What a failed request says; its own file because every part of the protocol uses it. */
export type FailureCode =
  | "no-webgpu"
  | "no-adapter"
  | "limits"
  | "out-of-memory"
  | "device-lost"
  | "codec-unsupported"
  | "container-unsupported"
  | "no-video-track"
  | "not-a-video"
  | "empty-file"
  | "truncated"
  | "too-few-frames"
  | "clip-too-small"
  | "file-too-large"
  | "file-changed"
  | "model-hash"
  | "model-download"
  | "file-missing"
  | "file-download"
  | "sandbox-prompt"
  | "clip-file"
  | "features-file"
  | "features-missing"
  | "truth-file"
  | "mask-file"
  | "mask-missing"
  | "model-file"
  | "model-missing"
  | "student-file"
  | "student-missing"
  | "nothing-to-break"
  | "bad-request"
  | "internal";

/** Something that did not work, ready to be shown: the page picks title and next action by `code`. */
export interface Failure {
  readonly code: FailureCode;
  /** One sentence with both values and the remedy. */
  readonly message: string;
  /** What the user can copy into an issue: browser, adapter, request, stack. */
  readonly report: string;
}
