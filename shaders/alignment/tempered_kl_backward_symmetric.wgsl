// W = G + Gᵀ of the tempered KL when every token is a query, written over the student's similarity     (docs/method.md eq. 10)
//   W[j, i] = scale · (p_s(i→j) + p_s(j→i) − p_t(i→j) − p_t(j→i))
// R is symmetric, so both directions need one R and two statistics, and dz = W · z is one product instead of two.
//
//   teacher                   [B, Np, Np]   similarities; Np is N = F·S rounded up to 4
//   teacher_lse, student_lse  [B, F, Np]    lse[f, i] of query i in frame f
//   student                   [B, Np, Np]   =  R on entry, W on return
//
// One thread per (token i, frame of j): x over tokens i, y over frames from f0, z over clips.

override WORKGROUP: u32 = 64;

struct Params {
  F: u32,
  f0: u32,
  S: u32,
  tau: f32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read> teacher: array<f32>;
@group(0) @binding(1) var<storage, read> teacher_lse: array<f32>;
@group(0) @binding(2) var<storage, read> student_lse: array<f32>;
@group(0) @binding(3) var<storage, read_write> student: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  // Kept in registers: a uniform read inside a loop is a checked load each time.
  let S = params.S;
  let tau = params.tau;
  let scale = params.scale;
  let i = id.x;
  let f = params.f0 + id.y;
  let N = params.F * S;
  if (i >= N) { return; }
  let Np = (N + 3) / 4 * 4;
  let stats = id.z * params.F * Np;
  let out = stats + f * Np + i;
  let t = teacher_lse[out];
  let u = student_lse[out];
  // Statistics of the other direction: token j as query, the frame of token i.
  let back = stats + i / S * Np;

  for (var j = f * S; j < (f + 1) * S; j++) {
    let at = (id.z * Np + j) * Np + i;
    let r = student[at] / tau;
    let s = teacher[at] / tau;
    student[at] = scale
      * ((exp(r - u) - exp(s - t)) + (exp(r - student_lse[back + j]) - exp(s - teacher_lse[back + j])));
  }
}
