/** Our diffusion student's depth, and the block after which training aligns it, for pages that do not load its definition. */
export const STUDENT_BLOCKS = { count: 6, aligned: 4 } as const;
/** The noisiest step of the schedule: nothing of the clip is left. */
export const LAST_T = 999;

/** How much noise the diffusion student is shown a clip in, and where its features are taken. */
export interface Noising {
  /** Whole, 0 to LAST_T. */
  readonly t: number;
  /** After which block, from 1 to STUDENT_BLOCKS.count. */
  readonly block: number;
  /** Whether the first token frame, 4 frames of the clip, stays clean. */
  readonly given: boolean;
  /** Of the noise. */
  readonly seed: number;
}
