// Keeps the k most salient tokens of each frame, but none that did not change at all     (docs/method.md eq. 12)
//   mask[f, s] = 1 if saliency[f, s] > 0 and fewer than k tokens of frame f come before s in the order
//                (saliency down, then `scattered` up), else 0
//   A clip of one frame has no motion to choose by and keeps every token.
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

// A position's place among equals: s through a bijective hash (lowbias32), so that no two are alike and the kept ones lie
// all over the frame. The lower index would fill it from the top left.
fn scattered(s: u32) -> u32 {
  var x = s + 1;
  x = (x ^ (x >> 16)) * 0x7feb352du;
  x = (x ^ (x >> 15)) * 0x846ca68bu;
  return x ^ (x >> 16);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let token = id.x;
  if (token >= params.F * params.S) { return; }
  let s = token % params.S;
  let start = token - s;
  let mine = saliency[token];
  let place = scattered(s);
  var rank = 0u;
  for (var other = 0u; other < params.S; other++) {
    let value = saliency[start + other];
    if (value > mine || (value == mine && scattered(other) < place)) { rank++; }
  }
  mask[token] = select(0u, 1u, params.F == 1 || (mine > 0.0 && rank < params.k));
}
