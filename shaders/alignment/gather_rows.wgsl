// Collects the rows of a block of query tokens:  out[q, c] = z[queries[q0 + q], c]
//
//   z        [B, Np, C]
//   queries  [B, stride]   token indices in rising order
//   counts   [B]           how many of them a clip has; rows behind the count become zero
//   out      [B, ld, C]    =
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

@group(0) @binding(0) var<storage, read> z: array<f32>;
@group(0) @binding(1) var<storage, read> queries: array<u32>;
@group(0) @binding(2) var<storage, read> counts: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.C) { return; }
  let slot = params.q0 + id.y;
  var value = 0.0;
  if (slot < counts[id.z]) {
    let token = queries[id.z * params.stride + slot];
    value = z[(id.z * params.tokens + token) * params.C + id.x];
  }
  out[(id.z * params.ld + id.y) * params.C + id.x] = value;
}
