import { fixedInput, isBroughtId, type StudentId, type TokenSize } from "../worker/protocol.ts";

/** What the encoders of both sides leave no choice of. Brought features come last: of them any of their frames can be looked at. */
export function dictatedBy({
  encoder,
  studentEncoder,
}: {
  readonly encoder: StudentId;
  readonly studentEncoder: StudentId;
}): { readonly token?: TokenSize; readonly studentToken?: TokenSize; readonly frames?: number } {
  const sides = [encoder, studentEncoder];
  const [teacher, student] = sides.map(fixedInput);
  const framesOf = (ids: readonly StudentId[]) => ids.map((id) => fixedInput(id)?.frames).find((frames) => frames);
  const frames = framesOf(sides.filter((id) => !isBroughtId(id))) ?? framesOf(sides);
  return {
    ...(teacher?.token && { token: teacher.token }),
    ...(student?.token && { studentToken: student.token }),
    ...(frames && { frames }),
  };
}
