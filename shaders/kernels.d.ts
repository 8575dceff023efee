// Written by `npm run shaders` from the WGSL beside it.
declare module "*/alignment/batch_mean.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"per_token" | "counts" | "loss", "B" | "N" | "terms", "WORKGROUP">;
  export default main;
}
declare module "*/alignment/frame_entropy.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"probs" | "entropy", "rows" | "cols", "WORKGROUP">;
  export default main;
}
declare module "*/alignment/frame_lse.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"R" | "lse", "F" | "f0" | "S" | "Q" | "ld" | "tau", "WORKGROUP">;
  export default main;
}
declare module "*/alignment/frame_softmax.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"logits" | "probs", "rows" | "cols" | "tau", "WORKGROUP">;
  export default main;
}
declare module "*/alignment/gather_queries.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"zT" | "queries" | "counts" | "out", "channels" | "tokens" | "ld" | "q0" | "stride", "WORKGROUP">;
  export default main;
}
declare module "*/alignment/gather_rows.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"z" | "queries" | "counts" | "out", "C" | "tokens" | "ld" | "q0" | "stride", "WORKGROUP">;
  export default main;
}
declare module "*/alignment/gram.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"teacher" | "student" | "sums", "F" | "f0" | "S" | "Q" | "ld", "WORKGROUP">;
  export default main;
}
declare module "*/alignment/gram_backward.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"teacher" | "student", "keys" | "j0" | "Q" | "ld" | "scale", "WORKGROUP">;
  export default main;
}
declare module "*/alignment/l2_normalize.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"y" | "z" | "norms", "N" | "C" | "eps", "WORKGROUP">;
  export default main;
}
declare module "*/alignment/motion_saliency.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"Y" | "saliency", "F" | "S" | "D", "WORKGROUP">;
  export default main;
}
declare module "*/alignment/normalize_tokens.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"y" | "z" | "zT" | "norms", "N" | "C" | "eps", "WORKGROUP" | "ROWS" | "COLUMNS">;
  export default main;
}
declare module "*/alignment/normalize_tokens_backward.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"dz" | "z" | "norms" | "dy", "N" | "C" | "eps", "WORKGROUP">;
  export default main;
}
declare module "*/alignment/pool_tokens.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"maps" | "tokens", "B" | "C" | "H" | "W" | "pool" | "first", "WORKGROUP">;
  export default main;
}
declare module "*/alignment/query_sums.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"sums" | "queries" | "counts" | "per_token", "F" | "N" | "Q" | "ld" | "q0" | "stride" | "scale", "WORKGROUP">;
  export default main;
}
declare module "*/alignment/relation_distillation.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"teacher" | "student" | "sums", "F" | "f0" | "S" | "Q" | "ld" | "margin", "WORKGROUP">;
  export default main;
}
declare module "*/alignment/relation_distillation_backward.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"teacher" | "student", "keys" | "j0" | "Q" | "ld" | "margin" | "scale", "WORKGROUP">;
  export default main;
}
declare module "*/alignment/repa.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"teacher" | "student" | "norms" | "per_token" | "dy", "N" | "C" | "eps" | "scale", "WORKGROUP">;
  export default main;
}
declare module "*/alignment/scatter_rows.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"rows" | "queries" | "counts" | "dz", "C" | "tokens" | "ld" | "q0" | "stride", "WORKGROUP">;
  export default main;
}
declare module "*/alignment/similarity.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"z" | "rows" | "R", "Q" | "N" | "C", "WORKGROUP">;
  export default main;
}
declare module "*/alignment/soft_match.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"logits" | "matches", "rows" | "cols" | "W" | "tau", "WORKGROUP">;
  export default main;
}
declare module "*/alignment/tempered_kl.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"teacher" | "student" | "teacher_lse" | "student_lse" | "kl", "F" | "f0" | "S" | "Q" | "ld" | "tau", "WORKGROUP">;
  export default main;
}
declare module "*/alignment/tempered_kl_backward.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"teacher" | "teacher_lse" | "student_lse" | "counts" | "student", "F" | "f0" | "S" | "Q" | "ld" | "q0" | "tau" | "scale", "WORKGROUP">;
  export default main;
}
declare module "*/alignment/tempered_kl_backward_symmetric.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"teacher" | "teacher_lse" | "student_lse" | "student", "F" | "f0" | "S" | "tau" | "scale", "WORKGROUP">;
  export default main;
}
declare module "*/alignment/top_mask.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"saliency" | "mask", "F" | "S" | "k", "WORKGROUP">;
  export default main;
}
declare module "*/nn/add.wgsl" {
  export const forward: import("../src/gpu/kernel.ts").KernelSpec<"a" | "b" | "y", "n" | "add", "WORKGROUP">;
  export const backward: import("../src/gpu/kernel.ts").KernelSpec<"dy" | "dx", "n" | "add", "WORKGROUP">;
}
declare module "*/nn/column_sums.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"x" | "sums", "R" | "C" | "run" | "add", "WORKGROUP">;
  export default main;
}
declare module "*/nn/double_frames.wgsl" {
  export const forward: import("../src/gpu/kernel.ts").KernelSpec<"x" | "y", "frames" | "all" | "row" | "add", "WORKGROUP">;
  export const backward: import("../src/gpu/kernel.ts").KernelSpec<"dy" | "dx", "frames" | "all" | "row" | "add", "WORKGROUP">;
}
declare module "*/nn/gate.wgsl" {
  export const forward: import("../src/gpu/kernel.ts").KernelSpec<"x" | "y" | "m" | "out", "B" | "T" | "C" | "text" | "text_at" | "video_at" | "ld" | "add", "WORKGROUP">;
  export const backward: import("../src/gpu/kernel.ts").KernelSpec<"dout" | "m" | "dy", "B" | "T" | "C" | "text" | "text_at" | "video_at" | "ld" | "add", "WORKGROUP">;
  export const backward_m: import("../src/gpu/kernel.ts").KernelSpec<"dout" | "y" | "dm", "B" | "T" | "C" | "text" | "text_at" | "video_at" | "ld" | "add", "WORKGROUP">;
}
declare module "*/nn/gather_windows.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"clip" | "windows" | "out", "frames" | "H" | "W" | "ld" | "p" | "pixels", "WORKGROUP">;
  export default main;
}
declare module "*/nn/gelu.wgsl" {
  export const forward: import("../src/gpu/kernel.ts").KernelSpec<"x" | "y", "n" | "add", "WORKGROUP">;
  export const backward: import("../src/gpu/kernel.ts").KernelSpec<"x" | "dy" | "dx", "n" | "add", "WORKGROUP">;
}
declare module "*/nn/layernorm.wgsl" {
  export const forward: import("../src/gpu/kernel.ts").KernelSpec<"x" | "w" | "b" | "y" | "stats", "R" | "C" | "eps" | "add", "WORKGROUP">;
  export const backward: import("../src/gpu/kernel.ts").KernelSpec<"x" | "w" | "dy" | "dx" | "kept" | "dh", "R" | "C" | "eps" | "add", "WORKGROUP">;
}
declare module "*/nn/modulate.wgsl" {
  export const forward: import("../src/gpu/kernel.ts").KernelSpec<"x" | "m" | "y", "B" | "T" | "C" | "text" | "text_at" | "ld" | "add", "WORKGROUP">;
  export const backward: import("../src/gpu/kernel.ts").KernelSpec<"m" | "dy" | "dx", "B" | "T" | "C" | "text" | "text_at" | "ld" | "add", "WORKGROUP">;
  export const backward_m: import("../src/gpu/kernel.ts").KernelSpec<"x" | "dy" | "dm", "B" | "T" | "C" | "text" | "text_at" | "ld" | "add", "WORKGROUP">;
}
declare module "*/nn/product_narrow.wgsl" {
  export const nn: import("../src/gpu/kernel.ts").KernelSpec<"A" | "B" | "bias" | "C", "rows" | "cols" | "depth" | "lda" | "ldb" | "ldc" | "stride_a" | "stride_b" | "stride_c" | "inner" | "far_a" | "far_b" | "far_c" | "row0" | "accumulate" | "biased" | "symmetric", never>;
  export const tn: import("../src/gpu/kernel.ts").KernelSpec<"A" | "B" | "bias" | "C", "rows" | "cols" | "depth" | "lda" | "ldb" | "ldc" | "stride_a" | "stride_b" | "stride_c" | "inner" | "far_a" | "far_b" | "far_c" | "row0" | "accumulate" | "biased" | "symmetric", never>;
}
declare module "*/nn/product_tiled.wgsl" {
  export const nn: import("../src/gpu/kernel.ts").KernelSpec<"A" | "B" | "bias" | "C", "rows" | "cols" | "depth" | "lda" | "ldb" | "ldc" | "stride_a" | "stride_b" | "stride_c" | "inner" | "far_a" | "far_b" | "far_c" | "row0" | "accumulate" | "biased" | "symmetric", never>;
  export const tn: import("../src/gpu/kernel.ts").KernelSpec<"A" | "B" | "bias" | "C", "rows" | "cols" | "depth" | "lda" | "ldb" | "ldc" | "stride_a" | "stride_b" | "stride_c" | "inner" | "far_a" | "far_b" | "far_c" | "row0" | "accumulate" | "biased" | "symmetric", never>;
}
declare module "*/nn/product_wide.wgsl" {
  export const nn: import("../src/gpu/kernel.ts").KernelSpec<"A" | "B" | "bias" | "C", "rows" | "cols" | "depth" | "lda" | "ldb" | "ldc" | "stride_a" | "stride_b" | "stride_c" | "inner" | "far_a" | "far_b" | "far_c" | "row0" | "accumulate" | "biased" | "symmetric", never>;
  export const tn: import("../src/gpu/kernel.ts").KernelSpec<"A" | "B" | "bias" | "C", "rows" | "cols" | "depth" | "lda" | "ldb" | "ldc" | "stride_a" | "stride_b" | "stride_c" | "inner" | "far_a" | "far_b" | "far_c" | "row0" | "accumulate" | "biased" | "symmetric", never>;
}
declare module "*/nn/product_wider.wgsl" {
  export const nn: import("../src/gpu/kernel.ts").KernelSpec<"A" | "B" | "bias" | "C", "rows" | "cols" | "depth" | "lda" | "ldb" | "ldc" | "stride_a" | "stride_b" | "stride_c" | "inner" | "far_a" | "far_b" | "far_c" | "row0" | "accumulate" | "biased" | "symmetric", never>;
  export const tn: import("../src/gpu/kernel.ts").KernelSpec<"A" | "B" | "bias" | "C", "rows" | "cols" | "depth" | "lda" | "ldb" | "ldc" | "stride_a" | "stride_b" | "stride_c" | "inner" | "far_a" | "far_b" | "far_c" | "row0" | "accumulate" | "biased" | "symmetric", never>;
}
declare module "*/nn/scale.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"x" | "factor" | "y", "n", "WORKGROUP">;
  export default main;
}
declare module "*/nn/silu.wgsl" {
  export const forward: import("../src/gpu/kernel.ts").KernelSpec<"x" | "y", "n" | "add", "WORKGROUP">;
  export const backward: import("../src/gpu/kernel.ts").KernelSpec<"x" | "dy" | "dx", "n" | "add", "WORKGROUP">;
}
declare module "*/nn/slice_rows.wgsl" {
  export const forward: import("../src/gpu/kernel.ts").KernelSpec<"x" | "y", "rows" | "first" | "N" | "C" | "add", "WORKGROUP">;
  export const backward: import("../src/gpu/kernel.ts").KernelSpec<"dy" | "dx", "rows" | "first" | "N" | "C" | "add", "WORKGROUP">;
}
declare module "*/nn/softmax.wgsl" {
  export const forward: import("../src/gpu/kernel.ts").KernelSpec<"S" | "P", "rows" | "cols" | "scale", "WORKGROUP">;
  export const backward: import("../src/gpu/kernel.ts").KernelSpec<"shares" | "dP" | "dS", "rows" | "cols" | "scale", "WORKGROUP">;
}
declare module "*/nn/stream.wgsl" {
  export const text: import("../src/gpu/kernel.ts").KernelSpec<"words" | "table" | "places" | "h", "B" | "L" | "N" | "S" | "C" | "V" | "add", "WORKGROUP">;
  export const video: import("../src/gpu/kernel.ts").KernelSpec<"given" | "mark" | "positions" | "x" | "h", "B" | "L" | "N" | "S" | "C" | "V" | "add", "WORKGROUP">;
  export const to_x: import("../src/gpu/kernel.ts").KernelSpec<"dh" | "d", "B" | "L" | "N" | "S" | "C" | "V" | "add", "WORKGROUP">;
  export const to_places: import("../src/gpu/kernel.ts").KernelSpec<"dh" | "d", "B" | "L" | "N" | "S" | "C" | "V" | "add", "WORKGROUP">;
  export const to_table: import("../src/gpu/kernel.ts").KernelSpec<"words" | "dh" | "d", "B" | "L" | "N" | "S" | "C" | "V" | "add", "WORKGROUP">;
  export const to_mark: import("../src/gpu/kernel.ts").KernelSpec<"given" | "dh" | "d", "B" | "L" | "N" | "S" | "C" | "V" | "add", "WORKGROUP">;
}
declare module "*/nn/transpose_heads.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"tokens" | "apart", "T" | "channels", "WORKGROUP">;
  export default main;
}
declare module "*/nn/transpose_taps.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"w" | "out", "taps" | "rows" | "cols", "WORKGROUP">;
  export default main;
}
declare module "*/nn/unfold3d.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"x" | "out", "row0" | "rows" | "token0" | "frame0" | "frames" | "H" | "W" | "out_H" | "out_W" | "C" | "ld_in" | "ld_out" | "up" | "down" | "pad", "WORKGROUP">;
  export default main;
}
declare module "*/nn/winograd.wgsl" {
  export const input: import("../src/gpu/kernel.ts").KernelSpec<"positions" | "apart", "C" | "ld" | "F" | "H" | "W" | "frame0" | "tile0" | "tiles" | "biased" | "add", "WORKGROUP">;
  export const output: import("../src/gpu/kernel.ts").KernelSpec<"products" | "y" | "bias", "C" | "ld" | "F" | "H" | "W" | "frame0" | "tile0" | "tiles" | "biased" | "add", "WORKGROUP">;
  export const output_back: import("../src/gpu/kernel.ts").KernelSpec<"positions" | "apart", "C" | "ld" | "F" | "H" | "W" | "frame0" | "tile0" | "tiles" | "biased" | "add", "WORKGROUP">;
}
declare module "*/nn/winograd_weights.wgsl" {
  export const forward: import("../src/gpu/kernel.ts").KernelSpec<"w" | "u", "rows" | "cols" | "ld" | "turned" | "add", "WORKGROUP">;
  export const backward: import("../src/gpu/kernel.ts").KernelSpec<"du" | "dw", "rows" | "cols" | "ld" | "turned" | "add", "WORKGROUP">;
}
declare module "*/nn/x0_loss.wgsl" {
  export const forward: import("../src/gpu/kernel.ts").KernelSpec<"guess" | "x0" | "weight" | "given" | "clips", "values" | "first", "WORKGROUP">;
  export const backward: import("../src/gpu/kernel.ts").KernelSpec<"guess" | "x0" | "weight" | "given" | "d", "values" | "first", "WORKGROUP">;
}
declare module "*/optim/adamw.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"gradient" | "guard" | "schedule" | "p" | "m" | "v", "n" | "beta1" | "beta2" | "eps" | "decay", "WORKGROUP">;
  export default main;
}
declare module "*/optim/ema.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"p" | "guard" | "schedule" | "ema", "n", "WORKGROUP">;
  export default main;
}
declare module "*/optim/global_norm.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"partials" | "loss" | "guard", "count" | "lambda" | "clip", "WORKGROUP">;
  export default main;
}
declare module "*/optim/muon.wgsl" {
  export const momentum: import("../src/gpu/kernel.ts").KernelSpec<"matrices" | "guard" | "gradient" | "m" | "x", never, "WORKGROUP">;
  export const norm: import("../src/gpu/kernel.ts").KernelSpec<"matrices" | "x" | "norms", never, "WORKGROUP">;
  export const start: import("../src/gpu/kernel.ts").KernelSpec<"matrices" | "x" | "norms", never, "WORKGROUP">;
  export const mix: import("../src/gpu/kernel.ts").KernelSpec<"left" | "right" | "out", "n" | "alpha" | "beta", "WORKGROUP">;
  export const apply: import("../src/gpu/kernel.ts").KernelSpec<"matrices" | "guard" | "schedule" | "p" | "x", "decay", "WORKGROUP">;
}
declare module "*/optim/square_sums.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"values" | "partials", "n" | "threads", "WORKGROUP">;
  export default main;
}
declare module "*/optim/step_losses.wgsl" {
  const main: import("../src/gpu/kernel.ts").KernelSpec<"clips" | "alignment" | "lambda" | "losses", "B" | "k" | "add", never>;
  export default main;
}
