/** The part of the protocol that takes features which the user brings in a file. Letters as in docs/method.md. */
import type { BroughtId } from "../../encoders/brought.ts";
import type { FeatureAnswers, FeatureQuestions } from "../../formats/features_file.ts";

export type { FeatureAnswers, FeatureQuestions };

/**
 * Takes a file of features (docs/bring-your-own.md): its header is read, and the file is kept hold of. From then on each of its
 * tensors is an encoder of whatever clip is open. `answers` are the user's to what the file does not say; null: not asked yet.
 */
export interface BringRequest {
  readonly type: "bring";
  readonly file: File;
  readonly answers: FeatureAnswers | null;
}

/** A file of features that the worker holds. */
export interface Brought {
  /** In the file's order. */
  readonly layers: readonly BroughtId[];
  /** Whether the file holds the frames as well, so that it opens as a clip. */
  readonly isClip: boolean;
}

/** What `bring` answers: what is held now, or what has to be asked first. */
export type BringReply = Brought | { readonly asks: FeatureQuestions };

export interface FeatureReplies {
  bring: BringReply;
}
