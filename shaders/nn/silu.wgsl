// SiLU:  y = x · σ(x),  dx (+)= dy · σ(x) (1 + x (1 − σ(x)))
//
//   x, y   [n]  y =
//   dy     [n]
//   dx     [n]  = or += (add 1)
//
// One thread per value.

override WORKGROUP: u32 = 64;

struct Params {
  n: u32,
  add: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * WORKGROUP + lane;
  if (i >= params.n) { return; }
  let v = x[i];
  // Far left exp overflows to infinity and the quotient is 0, its limit.
  y[i] = v / (1.0 + exp(-v));
}

@compute @workgroup_size(WORKGROUP)
fn backward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * WORKGROUP + lane;
  if (i >= params.n) { return; }
  let v = x[i];
  let s = 1.0 / (1.0 + exp(-v));
  let d = dy[i] * s * (1.0 + v * (1.0 - s));
  dx[i] = select(d, dx[i] + d, params.add == 1);
}
