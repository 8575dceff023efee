// Gradient of the tempered KL with respect to the student's similarity, written over it     (docs/method.md eq. 10)
//   G[j, q] = scale / counts · (p_s − p_t),  p = exp(R / tau − lse),  scale = 1 / (F · tau · B)
//
//   teacher                   [B, Np, ld]   similarities, keys down and queries across; Np is F·S rounded up to 4
//   teacher_lse, student_lse  [B, F, ld]
//   counts                    [B]           queries of each clip (M); columns behind the count become 0
//   student                   [B, Np, ld]   =  R on entry, G on return
//
// One thread per (query, frame): x over queries, y over frames from f0, z over clips. Columns up to the next multiple of 4 are written,
// because the product that follows reads them.

override WORKGROUP: u32 = 64;

struct Params {
  F: u32,
  f0: u32,
  S: u32,
  Q: u32,
  ld: u32,
  q0: u32,
  tau: f32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read> teacher: array<f32>;
@group(0) @binding(1) var<storage, read> teacher_lse: array<f32>;
@group(0) @binding(2) var<storage, read> student_lse: array<f32>;
@group(0) @binding(3) var<storage, read> counts: array<u32>;
@group(0) @binding(4) var<storage, read_write> student: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  // Kept in registers: a uniform read inside a loop is a checked load each time.
  let S = params.S;
  let tau = params.tau;
  let q = id.x;
  let f = params.f0 + id.y;
  if (q >= (params.Q + 3) / 4 * 4) { return; }
  let ld = params.ld;
  let keys = (params.F * S + 3) / 4 * 4;
  let first = (id.z * keys + f * S) * ld + q;
  let count = counts[id.z];
  if (params.q0 + q >= count) {
    for (var s = 0u; s < S; s++) { student[first + s * ld] = 0.0; }
    return;
  }
  let row = (id.z * params.F + f) * ld + q;
  let t = teacher_lse[row];
  let u = student_lse[row];
  let scale = params.scale / f32(count);

  for (var s = 0u; s < S; s++) {
    let at = first + s * ld;
    student[at] = scale * (exp(student[at] / tau - u) - exp(teacher[at] / tau - t));
  }
}
