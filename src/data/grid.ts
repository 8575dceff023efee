import { ENCODERS } from "../encoders/input.ts";
import { CLIP } from "../world/types.ts";

const { tubelet, token } = ENCODERS.videomae.fixed;

/** The teacher's token frames and rows, and what a token covers: frames and px. */
export const TEACHER_GRID = { frames: CLIP.frames / tubelet, rows: CLIP.size / token, patch: token, tubelet } as const;

/** Channels of the features of both teachers, our VideoMAEv2 and the world itself. */
export const TEACHER_CHANNELS = 192;
