import { isBroughtId } from "../encoders/brought.ts";
import { ENCODER_IDS, fixedInput, STUDENT_IDS, type StudentId } from "../encoders/input.ts";
import { LAST_T, STUDENT_BLOCKS } from "../encoders/noising.ts";
import { isModelId } from "../encoders/own_model.ts";
import { isTrainedId } from "../encoders/trained.ts";
import { BadRequest } from "./failures.ts";
import {
  CLIP_LIMITS,
  type CompareRequest,
  type Degradation,
  type EncodeRequest,
  GENERATE_LIMITS,
  type GenerateRequest,
  type Grid,
  type NoisedSpec,
  type SamplingWindow,
  type ThumbnailsRequest,
  type TokenRef,
} from "./protocol.ts";

/** Most queries of one request: 64 of them at 16 temperatures are 110 MB on the largest grid. */
const MAX_QUERIES = 64;
const MAX_TAUS = 16;
/** Below this a float32 softmax is the argmax anyway, and cosine / τ leaves the range in which exp is exact. */
const MIN_TAU = 1e-4;
const MAX_TAU = 1e4;
/** Two cosines are at most this far apart. */
const MAX_MARGIN = 2;
const DEGRADATIONS: Record<Degradation, true> = { none: true, blur: true, noise: true, frozen: true, shuffled: true };
const MAX_THUMBNAILS = 64;
const MAX_STRIDE = CLIP_LIMITS.maxStride;
const MAX_SEED = 2 ** 32 - 1;

function fail(message: string): never {
  throw new BadRequest(message);
}

const isWhole = (value: number, low: number, high: number) => Number.isInteger(value) && value >= low && value <= high;

/** @throws BadRequest naming the value and what it may be */
export function checkEncode({ window, encoder, token }: Pick<EncodeRequest, "window" | "encoder" | "token">): void {
  checkEncoder(encoder);
  checkWindow(window, [encoder]);
  checkTokens({ window, encoder, token });
}

function checkTokens({ window, encoder, token }: Pick<CompareRequest, "window"> & StudentTokens): void {
  const fixed = fixedInput(encoder);
  if (token !== 8 && token !== 16 && token !== fixed?.token) fail(`token must be 8 or 16 pixels, got ${token}`);
  if (isBroughtId(encoder)) {
    if (token !== fixed?.token)
      fail(`the clip behind these features is cut in tokens of ${fixed?.token} px, got ${token}`);
  } else if (fixed && ((fixed.frames !== null && window.frames !== fixed.frames) || token !== fixed.token)) {
    fail(
      `${encoder} takes exactly ${fixed.frames ?? window.frames} frames in tokens of ${fixed.token} px, got ${window.frames} frames and ${token} px: ask for those, or for xfeat`,
    );
  }
}

type StudentTokens = Pick<CompareRequest["student"], "encoder" | "token">;

/** @throws BadRequest naming the value and what it may be */
export function checkEncoder(encoder: string): void {
  if (!ENCODER_IDS.some((id) => id === encoder) && !isOwn(encoder)) {
    fail(
      `encoder must be one of ${ENCODER_IDS.join(", ")}, or features:…, model:… or trained:… of a file, got ${encoder}`,
    );
  }
}

const isOwn = (encoder: string) => isBroughtId(encoder) || isModelId(encoder) || isTrainedId(encoder);

/** Brought features have frames of their own, as many as they are. */
function checkWindow({ startS, lengthS, frames, stride }: SamplingWindow, encoders: readonly StudentId[]): void {
  const { minFrames, maxFrames } = CLIP_LIMITS;
  if (!encoders.some(isBroughtId) && !isWhole(frames, minFrames, maxFrames)) {
    fail(`frames must be a whole number from ${minFrames} to ${maxFrames}, got ${frames}`);
  }
  if (stride !== undefined && !isWhole(stride, 1, MAX_STRIDE))
    fail(`stride must be a whole number from 1 to ${MAX_STRIDE}, got ${stride}`);
  if (!(Number.isFinite(startS) && startS >= 0)) fail(`the window's start must be 0 s or later, got ${startS}`);
  if (!(Number.isFinite(lengthS) && lengthS > 0)) fail(`the window's length must be over 0 s, got ${lengthS}`);
}

/** @throws BadRequest naming the value and what it may be */
export function checkQueries(queries: readonly TokenRef[], { F, H, W }: Grid): void {
  if (!isWhole(queries.length, 1, MAX_QUERIES)) fail(`queries must number 1 to ${MAX_QUERIES}, got ${queries.length}`);
  for (const [frame, row, col] of queries) {
    if (!(isWhole(frame, 0, F - 1) && isWhole(row, 0, H - 1) && isWhole(col, 0, W - 1))) {
      fail(
        `query [frame ${frame}, row ${row}, col ${col}] is outside the grid of ${F} frames of ${H}×${W} tokens: count from 0`,
      );
    }
  }
}

/** @throws BadRequest naming the value and what it may be */
export function checkFrame(frame: number, { F }: Grid): void {
  if (!isWhole(frame, 0, F - 1)) fail(`frame must be a whole number from 0 to ${F - 1}, got ${frame}`);
}

/** @throws BadRequest naming the value and what it may be */
export function checkTaus(taus: readonly number[], most = MAX_TAUS): void {
  if (taus.length > most) fail(`taus must number at most ${most}, got ${taus.length}`);
  for (const tau of taus) {
    if (!(tau > 0)) fail(`tau must be > 0, got ${tau}`);
    if (!(tau >= MIN_TAU && tau <= MAX_TAU)) fail(`tau must be from ${MIN_TAU} to ${MAX_TAU}, got ${tau}`);
  }
}

/** @throws BadRequest naming the value and what it may be */
export function checkRho(rho: number): void {
  if (!(rho > 0 && rho <= 1)) fail(`rho must be over 0 and at most 1, got ${rho}`);
}

/** @throws BadRequest naming the value and what it may be */
export function checkMargin(margin: number): void {
  if (!(margin >= 0 && margin <= MAX_MARGIN)) fail(`margin must be from 0 to ${MAX_MARGIN}, got ${margin}`);
}

/** @throws BadRequest naming the value and what it may be */
export function checkCompare({ window, teacher, student }: Omit<CompareRequest, "type">): void {
  checkEncoder(teacher.encoder);
  checkStudent(student);
  checkWindow(window, [teacher.encoder, student.encoder]);
  for (const { encoder, token, degradation } of [teacher, student]) {
    checkTokens({ window, encoder, token });
    if (!Object.hasOwn(DEGRADATIONS, degradation)) {
      fail(`degradation must be one of ${Object.keys(DEGRADATIONS).join(", ")}, got ${degradation}`);
    }
    if (degradation !== "none" && isBroughtId(encoder)) {
      fail(`features of a file are of the clip as it was, and know no ${degradation} copy: leave degradation "none"`);
    }
  }
}

function checkStudent(student: CompareRequest["student"]): void {
  const { encoder } = student;
  if (!STUDENT_IDS.some((id) => id === encoder) && !isOwn(encoder)) {
    fail(`the student must be one of ${STUDENT_IDS.join(", ")}, got ${student.encoder}`);
  }
  if (student.encoder === "cogvideox") checkNoising(student);
}

function checkNoising({ noising: { t, block, given, seed } }: NoisedSpec): void {
  if (!isWhole(t, 0, LAST_T)) fail(`t must be a whole number from 0 to ${LAST_T}, got ${t}`);
  if (!isWhole(block, 1, STUDENT_BLOCKS.count)) {
    fail(`block must be a whole number from 1 to ${STUDENT_BLOCKS.count}, got ${block}`);
  }
  if (typeof given !== "boolean") fail(`given must be true or false, got ${given}`);
  if (!isWhole(seed, 0, 2 ** 32 - 1)) fail(`seed must be a whole number from 0 to ${2 ** 32 - 1}, got ${seed}`);
}

/** @throws BadRequest naming the value and what it may be */
export function checkGenerate({ seed, steps, guidance }: Omit<GenerateRequest, "type">): void {
  const { steps: among, guidance: within } = GENERATE_LIMITS;
  if (!isWhole(seed, 0, MAX_SEED)) fail(`seed must be a whole number from 0 to ${MAX_SEED}, got ${seed}`);
  if (!isWhole(steps, ...among)) fail(`steps must be a whole number from ${among[0]} to ${among[1]}, got ${steps}`);
  if (!(guidance >= within[0] && guidance <= within[1])) {
    fail(`guidance must be from ${within[0]} to ${within[1]}, got ${guidance}`);
  }
}

/** @throws BadRequest naming the value and what it may be */
export function checkThumbnails({ count, height, part }: ThumbnailsRequest): void {
  if (part && !(part.fromS >= 0 && part.toS > part.fromS && Number.isFinite(part.toS)))
    fail(`the part of the clip must end after it begins at 0 s or later, got ${part.fromS} to ${part.toS}`);
  if (!isWhole(count, 1, MAX_THUMBNAILS))
    fail(`count must be a whole number from 1 to ${MAX_THUMBNAILS}, got ${count}`);
  if (!isWhole(height, 1, CLIP_LIMITS.maxDisplaySide)) {
    fail(`height must be a whole number from 1 to ${CLIP_LIMITS.maxDisplaySide}, got ${height}`);
  }
}

/** @throws BadRequest naming the value */
export function checkSurvey(fromS: number): void {
  if (!(Number.isFinite(fromS) && fromS >= 0)) fail(`a survey must begin at 0 s or later, got ${fromS}`);
}
