// Adds the gradients of a block of query tokens to their rows:  dz[queries[q0 + q], c] += rows[q, c]
//
//   rows     [B, ld, C]
//   queries  [B, stride]   token indices, each at most once, so no two threads meet
//   counts   [B]           how many of them a clip has
//   dz       [B, Np, C]    +=
//
// One thread per value: x over channels, y over the ld rows, z over clips.

override WORKGROUP: u32 = 64;

struct Params {
  C: u32,
  tokens: u32,
  ld: u32,
  q0: u32,
  stride: u32,
}

@group(0) @binding(0) var<storage, read> rows: array<f32>;
@group(0) @binding(1) var<storage, read> queries: array<u32>;
@group(0) @binding(2) var<storage, read> counts: array<u32>;
@group(0) @binding(3) var<storage, read_write> dz: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let slot = params.q0 + id.y;
  if (id.x >= params.C || slot >= counts[id.z]) { return; }
  let token = queries[id.z * params.stride + slot];
  dz[(id.z * params.tokens + token) * params.C + id.x] += rows[(id.z * params.ld + id.y) * params.C + id.x];
}
