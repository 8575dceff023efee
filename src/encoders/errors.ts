export type EncoderErrorCode = "model-hash" | "model-download";

/** A model that cannot be used. The message is one sentence with both values and the remedy. */
export class EncoderError extends Error {
  override readonly name = "EncoderError";

  constructor(
    readonly code: EncoderErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
