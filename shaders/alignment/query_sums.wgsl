// Per-token map:  per_token[queries[q0 + q]] = scale · Σ_f sums[f, q]
//
//   sums       [B, F, ld]    one number per query of the block and frame
//   queries    [B, stride]   token indices
//   counts     [B]           how many of them a clip has
//   per_token  [B, N]        =  at the queries of this block; other tokens are not touched
//
// One thread per query: x over queries, z over clips.

override WORKGROUP: u32 = 64;

struct Params {
  F: u32,
  N: u32,
  Q: u32,
  ld: u32,
  q0: u32,
  stride: u32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read> sums: array<f32>;
@group(0) @binding(1) var<storage, read> queries: array<u32>;
@group(0) @binding(2) var<storage, read> counts: array<u32>;
@group(0) @binding(3) var<storage, read_write> per_token: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let q = id.x;
  if (q >= params.Q || params.q0 + q >= counts[id.z]) { return; }
  var sum = 0.0;
  for (var f = 0u; f < params.F; f++) { sum += sums[(id.z * params.F + f) * params.ld + q]; }
  per_token[id.z * params.N + queries[id.z * params.stride + params.q0 + q]] = params.scale * sum;
}
