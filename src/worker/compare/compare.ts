import type { Pair } from "../../alignment/comparison.ts";
import { CpuComparison } from "../../alignment/comparison_cpu.ts";
import { GpuComparison } from "../../alignment/comparison_gpu.ts";
import type { CorrespondenceEngine } from "../../alignment/correspondence/correspondence.ts";
import { CpuCorrespondence } from "../../alignment/correspondence/cpu.ts";
import { GpuCorrespondence } from "../../alignment/correspondence/gpu.ts";
import { frameMotion } from "../../alignment/motion.ts";
import { inputSizeOf, tubeletOf } from "../../encoders/input.ts";
import { noisingOf } from "../../encoders/noised.ts";
import type { Samples } from "../../video/clip.ts";
import { tokenTracks } from "../../video/truth.ts";
import { motionTokens } from "../../video/tubelets.ts";
import { momentsOf } from "../brought/features.ts";
import { checkCompare } from "../checks.ts";
import type { Compute } from "../compute.ts";
import { inputNotices } from "../input_notices.ts";
import type { Compared, CompareRequest, Size, TokenRef } from "../protocol.ts";
import {
  type ComparedPair,
  type ComparedSide,
  forgetCompared,
  openedClip,
  type PairEngines,
  type Running,
  type SideInput,
  truthOf,
  type Workspace,
} from "../workspace.ts";
import { imagesAs } from "./images.ts";
import { encodeSide, onGrid } from "./sides.ts";

/** Decodes the window of the open clip and encodes it twice: as the teacher and as the student see it. */
export async function compare(space: Workspace, request: CompareRequest, running: Running): Promise<Compared> {
  checkCompare(request);
  const { teacher, student, window } = request;
  const { clip, prompt } = openedClip(space);
  const moments = momentsOf(space, [teacher.encoder, student.encoder], window);
  const sample = (input: Size) =>
    clip.sample(window, {
      input,
      atS: moments.atS,
      onProgress: (done, total) => space.emit({ type: "progress", stage: "decoding", done, total, unit: "frames" }),
      signal: running.signal,
    });
  const inputSize = inputSizeOf(teacher.encoder, clip.info);
  const sampled = await sample(inputSize);
  const images = [...sampled.images];
  try {
    const known = space.compared?.sides ?? [];
    const { frames } = sampled;
    const indices = frames.map(({ index }) => index);
    const teacherInput = { pixels: sampled.pixels, size: inputSize, frames, prompt };
    const studentInput = await inputAt(inputSizeOf(student.encoder, clip.info), teacherInput, sample);
    const seen = await encodeSide(space, teacher, teacherInput, known, running);
    const learnt = await encodeSide(space, student, studentInput, [...known, ...seen.all], running);
    const studentImages = await imagesAs(space, student, sampled.images, studentInput, running.signal);
    images.push(...studentImages);
    await running.pause();
    // The pair before goes first: a GPU that holds one may not hold two.
    forgetCompared(space);
    const finer = seen.side.grid.H >= learnt.side.grid.H ? teacherInput : studentInput;
    const tubelet = tubeletOf(teacher.encoder);
    const pair = pairOf(seen.side, learnt.side, finer, tubelet);
    const engines = await createEngines(space.compute, pair);
    const { F, H, W } = pair.grids.teacher;
    // Asked for anew: the user may bring a truth meanwhile.
    const trackOf = (query: TokenRef) => {
      const truth = truthOf(space);
      return truth && tokenTracks(truth, indices, { H, W }, query);
    };
    const noised = noisingOf(student) ? { spec: student, input: studentInput } : null;
    const { motion } = pair.pair;
    const about = { frames, motion, tubelet, masked: null };
    space.compared = {
      ...pair,
      ...about,
      sides: [...seen.all, ...learnt.all],
      noised,
      steps: new Map(),
      trackOf,
      engines,
    };
    return {
      teacher,
      student,
      prompt: noised && prompt,
      grid: { F, H, W },
      channels: { teacher: seen.side.grid.C, student: learnt.side.grid.C },
      window: sampled.window,
      frames,
      tokenPx: [clip.info.height / H, clip.info.width / W],
      images: sampled.images,
      studentImages,
      notices: [
        ...sampled.notices,
        ...moments.notices(frames),
        ...new Set([teacher, student].flatMap(({ encoder }) => inputNotices(encoder, clip.info))),
      ],
    };
  } catch (error) {
    for (const image of images) image.close();
    throw error;
  }
}

/** Puts the pair onto the current device; Compare goes on as if nothing had happened. */
export async function restoreCompared(space: Workspace): Promise<void> {
  const { compute, compared } = space;
  if (compared) space.compared = { ...compared, engines: await createEngines(compute, compared) };
}

/** The same frames at another size, decoded again where it is another; the bitmaps of the first time are enough. */
async function inputAt(size: Size, known: SideInput, sample: (size: Size) => Promise<Samples>): Promise<SideInput> {
  if (size.width === known.size.width && size.height === known.size.height) return known;
  const { pixels, images } = await sample(size);
  for (const image of images) image.close();
  return { ...known, pixels, size };
}

/** Both sides on the finer of their grids, with the motion of the clip as it is, in the finer side's pixels and the teacher's tubelets. */
function pairOf(
  teacher: ComparedSide,
  student: ComparedSide,
  { pixels, size }: SideInput,
  tubelet: number,
): Pick<ComparedPair, "pair" | "grids"> {
  const { H, W } = teacher.grid.H >= student.grid.H ? teacher.grid : student.grid;
  const [F, S] = [pixels.length, H * W];
  const cut = motionTokens(pixels, size, size.height / H, tubelet);
  const motion = frameMotion(cut.Y, { F: cut.F, S, D: cut.D }, tubelet);
  return {
    pair: { F, S, teacher: onGrid(teacher, { H, W }), student: onGrid(student, { H, W }), motion },
    grids: { teacher: { ...teacher.grid, H, W }, student: { ...student.grid, H, W } },
  };
}

/** What answers for a pair on the current device. */
export async function createEngines(
  { gpu }: Compute,
  { pair, grids }: { readonly pair: Pair; readonly grids: ComparedPair["grids"] },
): Promise<PairEngines> {
  const engine = (): CorrespondenceEngine => (gpu ? new GpuCorrespondence(gpu) : new CpuCorrespondence());
  const [teacher, student] = [engine(), engine()];
  try {
    await teacher.setFeatures(pair.teacher.data, grids.teacher);
    await student.setFeatures(pair.student.data, grids.student);
    const comparison = gpu ? await GpuComparison.create(gpu, pair) : new CpuComparison(pair);
    return { teacher, student, comparison };
  } catch (error) {
    teacher.destroy();
    student.destroy();
    throw error;
  }
}
