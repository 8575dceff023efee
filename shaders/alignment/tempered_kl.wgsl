// KL of each query and frame:  kl[f, q] = Σ_s p_t d,  d = log p_t − log p_s,  log p = R / tau − lse     (docs/method.md eq. 9)
// Summed as Σ_s (p_t d + p_s − p_t), which is the same because both sum to 1, but every term is ≥ 0 and falls with d²: the
// first-order parts, which cancel over a row and would leave their rounding behind when tau is large, never meet.
//
//   teacher, student          [B, Np, ld]   similarities, keys down and queries across; Np is F·S rounded up to 4
//   teacher_lse, student_lse  [B, F, ld]    from frame_lse, the same kernel for both, so that equal inputs give exactly 0
//   kl                        [B, F, ld]    =
//
// One thread per (query, frame): x over queries, y over frames from f0, z over clips.

override WORKGROUP: u32 = 64;

struct Params {
  F: u32,
  f0: u32,
  S: u32,
  Q: u32,
  ld: u32,
  tau: f32,
}

@group(0) @binding(0) var<storage, read> teacher: array<f32>;
@group(0) @binding(1) var<storage, read> student: array<f32>;
@group(0) @binding(2) var<storage, read> teacher_lse: array<f32>;
@group(0) @binding(3) var<storage, read> student_lse: array<f32>;
@group(0) @binding(4) var<storage, read_write> kl: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  // Kept in registers: a uniform read inside a loop is a checked load each time.
  let S = params.S;
  let tau = params.tau;
  let q = id.x;
  let f = params.f0 + id.y;
  if (q >= params.Q) { return; }
  let ld = params.ld;
  let keys = (params.F * S + 3) / 4 * 4;
  let first = (id.z * keys + f * S) * ld + q;
  let row = (id.z * params.F + f) * ld + q;
  let t = teacher_lse[row];
  let u = student_lse[row];

  var sum = 0.0;
  for (var s = 0u; s < S; s++) {
    let log_teacher = teacher[first + s * ld] / tau - t;
    let log_student = student[first + s * ld] / tau - u;
    let p = exp(log_teacher);
    let d = log_teacher - log_student;
    if (abs(d) < 0.3) {
      // p (d + exp(−d) − 1) by its series, exact to 1e-7 here.
      sum += p * d * d * (0.5 - d * (1.0 / 6 - d * (1.0 / 24 - d * (1.0 / 120 - d / 720))));
    } else {
      sum += p * (d - 1) + exp(log_student);
    }
  }
  kl[row] = sum;
}
