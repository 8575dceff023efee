// Collects the columns of a block of query tokens:  out[c, q] = zT[c, queries[q0 + q]]
//
//   zT       [B, Cp, Np]
//   queries  [B, stride]   token indices in rising order
//   counts   [B]           how many of them a clip has; columns behind the count become zero
//   out      [B, Cp, ld]   =
//
// One thread per value: x over the ld columns, y over channels, z over clips.

override WORKGROUP: u32 = 64;

struct Params {
  channels: u32,
  tokens: u32,
  ld: u32,
  q0: u32,
  stride: u32,
}

@group(0) @binding(0) var<storage, read> zT: array<f32>;
@group(0) @binding(1) var<storage, read> queries: array<u32>;
@group(0) @binding(2) var<storage, read> counts: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.ld) { return; }
  let slot = params.q0 + id.x;
  let row = id.z * params.channels + id.y;
  var value = 0.0;
  if (slot < counts[id.z]) { value = zT[row * params.tokens + queries[id.z * params.stride + slot]]; }
  out[row * params.ld + id.x] = value;
}
