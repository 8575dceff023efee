/** The parts of the protocol that take files of the user's own. */
import type { BringRequest, FeatureReplies } from "./features.ts";
import type { BringMaskRequest, MaskReplies } from "./mask.ts";
import type { ModelReplies, ModelRequest } from "./model.ts";
import type { BringStudentRequest, OwnStudentReplies } from "./own_student.ts";
import type { ScoreRequest, TruthReplies, TruthRequest } from "./truth.ts";

export type BroughtRequest =
  | BringRequest
  | TruthRequest
  | ScoreRequest
  | BringMaskRequest
  | ModelRequest
  | BringStudentRequest;

export interface BroughtReplies extends FeatureReplies, TruthReplies, MaskReplies, ModelReplies, OwnStudentReplies {}
