/** A library that computes the TSA loss and its gradient, written as its authors would write it. */
export interface Peer {
  readonly name: string;
  /** One step from raw features, done when the gradient is there. Returns milliseconds. */
  step(): Promise<number>;
  result(): Promise<{ loss: number; gradient: Float32Array }>;
}

/** Raw features [N, C] of one clip of F frames of S tokens; both sides have C channels. */
export interface PeerInput {
  readonly F: number;
  readonly S: number;
  readonly C: number;
  readonly tau: number;
  readonly teacher: Float32Array;
  readonly student: Float32Array;
}
