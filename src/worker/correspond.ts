import { agreementOf } from "../alignment/agreement.ts";
import { returnsOf, tauCurveOf } from "../alignment/cycle.ts";
import { matchesOf } from "../alignment/matches.ts";
import { FULL_SCALE, tubeletToken } from "../alignment/motion.ts";
import { tubeletOf } from "../encoders/input.ts";
import { type TrueMotion, tokenTracks } from "../video/truth.ts";
import { motionTokens } from "../video/tubelets.ts";
import { maskTokens } from "./brought/mask.ts";
import { checkFrame, checkQueries, checkRho, checkTaus } from "./checks.ts";
import { BadRequest } from "./failures.ts";
import type {
  Agreement,
  AgreementRequest,
  Correspondence,
  Features,
  MaskRequest,
  MotionMask,
  QueryRequest,
  Returns,
  ReturnsRequest,
  TauCurveReply,
  TauCurveRequest,
  TokenRef,
} from "./protocol.ts";
import { type EncodedClip, encodedClip, type Running, truthOf, type Workspace } from "./workspace.ts";

export async function query(space: Workspace, { queries, taus }: QueryRequest): Promise<Correspondence> {
  const start = performance.now();
  const encoded = encodedClip(space);
  checkQueries(queries, encoded.grid);
  checkTaus(taus);
  const found = await space.compute.engine.query(queries, taus);
  const { similarity, probabilities, entropyBits, timings } = found;
  const matches = matchesOf(found, taus, encoded.grid);
  const truth = truthOfAll(space, encoded, queries);
  const totalMs = performance.now() - start;
  return { queries, taus, similarity, probabilities, entropyBits, matches, truth, timings: { ...timings, totalMs } };
}

export async function mask(space: Workspace, { rho, brought }: MaskRequest): Promise<MotionMask> {
  const encoded = encodedClip(space);
  checkRho(rho);
  const { engine } = space.compute;
  const tubelet = tubeletOf(encoded.encoder);
  const { F, H, W } = encoded.grid;
  const S = H * W;
  if (!encoded.saliency) {
    const { Y, D } = motionTokens(encoded.pixels, encoded.inputSize, encoded.token, tubelet);
    await engine.setPixels(Y, { F: F / tubelet, S, D });
    encoded.saliency = true;
  }
  const own = brought && (await maskTokens(space, brought, encoded.frames, encoded.grid, tubelet));
  const found = await engine.mask(rho);
  const perFrame = { length: F * S };
  return {
    rho,
    tubelet,
    keptPerFrame: found.keptPerFrame,
    saliency: Float32Array.from(perFrame, (_, i) => found.saliency[tubeletToken(i, S, tubelet)] / FULL_SCALE),
    mask: own ?? Uint8Array.from(perFrame, (_, i) => found.mask[tubeletToken(i, S, tubelet)]),
    brought: brought ?? null,
  };
}

export async function agreement(
  space: Workspace,
  { frame, taus }: AgreementRequest,
  { pause }: Running,
): Promise<Agreement> {
  const encoded = encodedClip(space);
  checkFrame(frame, encoded.grid);
  checkTaus(taus);
  const truth = truthOf(space);
  if (!truth) throw new BadRequest("this clip has no truth to agree with: open a built-in clip that has one");
  const found = await agreementOf(space.compute.engine, frame, taus, trackOf(encoded, truth), pause);
  return { frame, taus, ...found };
}

export async function returns(space: Workspace, { queries }: ReturnsRequest, { pause }: Running): Promise<Returns> {
  checkQueries(queries, encodedClip(space).grid);
  return { queries, positions: await returnsOf(space.compute.engine, queries, pause) };
}

export async function tauCurve(
  space: Workspace,
  { frame, taus }: TauCurveRequest,
  { pause }: Running,
): Promise<TauCurveReply> {
  const encoded = encodedClip(space);
  checkFrame(frame, encoded.grid);
  checkTaus(taus);
  const truth = truthOf(space);
  const curve = await tauCurveOf(space.compute.engine, frame, taus, truth && trackOf(encoded, truth), pause);
  return { frame, taus, ...curve };
}

export async function features(space: Workspace): Promise<Features> {
  const { grid } = encodedClip(space);
  return { grid, data: await space.compute.engine.readFeatures() };
}

/** True (row, col) of the queries in each frame, [Q, F, 2]; null where the clip has no truth. */
function truthOfAll(
  space: Workspace,
  encoded: EncodedClip,
  queries: readonly TokenRef[],
): Float32Array<ArrayBuffer> | null {
  const motion = truthOf(space);
  if (!motion) return null;
  const { F } = encoded.grid;
  const truth = new Float32Array(queries.length * F * 2);
  const track = trackOf(encoded, motion);
  for (const [q, token] of queries.entries()) truth.set(track(token), q * F * 2);
  return truth;
}

function trackOf({ frames, grid }: EncodedClip, truth: TrueMotion) {
  const indices = frames.map(({ index }) => index);
  return (token: TokenRef) => tokenTracks(truth, indices, grid, token);
}
