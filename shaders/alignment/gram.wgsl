// Gram anchoring, summed over each frame:  sums[f, q] = Σ_s (R_s − R_t)²     (docs/method.md section 4)
//
//   teacher, student  [B, Np, ld]   similarities, keys down and queries across; Np is F·S rounded up to 4
//   sums              [B, F, ld]    =
//
// One thread per (query, frame): x over queries, y over frames from f0, z over clips.

override WORKGROUP: u32 = 64;

struct Params {
  F: u32,
  f0: u32,
  S: u32,
  Q: u32,
  ld: u32,
}

@group(0) @binding(0) var<storage, read> teacher: array<f32>;
@group(0) @binding(1) var<storage, read> student: array<f32>;
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let q = id.x;
  let f = params.f0 + id.y;
  if (q >= params.Q) { return; }
  let S = params.S;
  let ld = params.ld;
  let keys = (params.F * S + 3) / 4 * 4;
  let first = (id.z * keys + f * S) * ld + q;
  var sum = 0.0;
  for (var s = 0u; s < S; s++) {
    let at = first + s * ld;
    let difference = student[at] - teacher[at];
    sum += difference * difference;
  }
  sums[(id.z * params.F + f) * ld + q] = sum;
}
