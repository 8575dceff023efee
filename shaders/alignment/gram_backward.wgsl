// Backward of gram, written over the student's similarity:
//   G[j, q] = scale · 2 (R_s − R_t)
//
//   teacher  [B, Np, ld]   similarities, keys down and queries across; Np is F·S rounded up to 4
//   student  [B, Np, ld]   =  R on entry, G on return; columns from Q to the next multiple of 4 become 0
//
// One thread per value: x over queries, y over keys from j0, z over clips. Where every token is a query R and G are symmetric, so
// W = G + Gᵀ is the same with twice the scale.

override WORKGROUP: u32 = 64;

struct Params {
  keys: u32,
  j0: u32,
  Q: u32,
  ld: u32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read> teacher: array<f32>;
@group(0) @binding(1) var<storage, read_write> student: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= (params.Q + 3) / 4 * 4) { return; }
  let at = (id.z * ((params.keys + 3) / 4 * 4) + params.j0 + id.y) * params.ld + id.x;
  student[at] = select(0.0, 2.0 * params.scale * (student[at] - teacher[at]), id.x < params.Q);
}
