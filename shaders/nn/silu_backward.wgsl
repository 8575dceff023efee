// Gradient through SiLU, in place:  d[r, c] *= σ(p) (1 + p (1 − σ(p)))
//
//   p  [rows, ld]  before the activation
//   d  [rows, ld]  the gradient after it becomes the gradient before it; columns from C on are not touched
//
// One thread per value.

override WORKGROUP: u32 = 64;

struct Params {
  rows: u32,
  C: u32,
  ld: u32,
}

@group(0) @binding(0) var<storage, read> p: array<f32>;
@group(0) @binding(1) var<storage, read_write> d: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.C || id.y >= params.rows) { return; }
  let i = id.y * params.ld + id.x;
  let v = p[i];
  let s = 1.0 / (1.0 + exp(-v));
  d[i] *= s * (1.0 + v * (1.0 - s));
}
