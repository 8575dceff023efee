// Keeps the k most salient tokens of each frame, ties to the lower index     (METHOD.md eq. 12)
//   mask[f, s] = 1 if fewer than k tokens of frame f come before s in the order (saliency down, index up), else 0
//
//   saliency  [F, S]
//   mask      [F, S]  =  0 or 1
//
// One thread per token, which counts its own rank: S² comparisons a frame, without sorting and without atomics.

override WORKGROUP: u32 = 64;

struct Params {
  F: u32,
  S: u32,
  k: u32,
}

@group(0) @binding(0) var<storage, read> saliency: array<f32>;
@group(0) @binding(1) var<storage, read_write> mask: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let token = id.x;
  if (token >= params.F * params.S) { return; }
  let s = token % params.S;
  let start = token - s;
  let mine = saliency[token];
  var rank = 0u;
  for (var other = 0u; other < params.S; other++) {
    let value = saliency[start + other];
    if (value > mine || (value == mine && other < s)) { rank++; }
  }
  mask[token] = select(0u, 1u, rank < params.k);
}
