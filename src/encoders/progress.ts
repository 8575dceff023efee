/** How far an encoder is. `total` is known from the start. */
export interface EncoderProgress {
  readonly stage: "downloading" | "starting-model" | "encoding";
  readonly done: number;
  readonly total: number;
  readonly unit: "bytes" | "frames" | "none";
}
