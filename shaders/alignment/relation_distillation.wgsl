// Token relation distillation, summed over each frame:  sums[f, q] = Σ_s relu(|R_s − R_t| − margin)     (docs/method.md section 4)
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
  margin: f32,
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
  let ld = params.ld;
  let keys = (params.F * params.S + 3) / 4 * 4;
  let first = (id.z * keys + f * params.S) * ld + q;
  var sum = 0.0;
  for (var s = 0u; s < params.S; s++) {
    let at = first + s * ld;
    sum += max(abs(student[at] - teacher[at]) - params.margin, 0.0);
  }
  sums[(id.z * params.F + f) * ld + q] = sum;
}
