// GELU by its tanh approximation, as x · σ(2u) with u = √(2/π) (x + 0.044715 x³):
//   y = x · σ(2u),  dx (+)= dy · (s + 2x · s (1 − s) · u'),  s = σ(2u)
//
//   x, y   [n]  y =
//   dy     [n]
//   dx     [n]  = or += (add 1)
//
// One thread per value.

override WORKGROUP: u32 = 64;

const SCALE: f32 = 0.7978845608028654;
const CUBE: f32 = 0.044715;

struct Params {
  n: u32,
  add: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

fn share(v: f32) -> f32 {
  // Far left exp overflows to infinity and the quotient is 0, its limit.
  return 1.0 / (1.0 + exp(-2.0 * SCALE * (v + CUBE * v * v * v)));
}

@compute @workgroup_size(WORKGROUP)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * WORKGROUP + lane;
  if (i < params.n) { y[i] = x[i] * share(x[i]); }
}

@compute @workgroup_size(WORKGROUP)
fn backward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * WORKGROUP + lane;
  if (i >= params.n) { return; }
  let v = x[i];
  let s = share(v);
  let d = dy[i] * (s + 2.0 * v * s * (1.0 - s) * SCALE * (1.0 + 3.0 * CUBE * v * v));
  dx[i] = select(d, dx[i] + d, params.add == 1);
}
