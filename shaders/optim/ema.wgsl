// Exponential moving average:  ema = d · ema + (1 − d) · p
//
//   p         [n]
//   guard     [4]  see global_norm.wgsl; nothing changes where bad is set
//   schedule  [4]  the last value is d
//   ema       [n]  =
//
// One thread per value.

override WORKGROUP: u32 = 64;

struct Params {
  n: u32,
}

@group(0) @binding(0) var<storage, read> p: array<f32>;
@group(0) @binding(1) var<storage, read> guard: array<f32>;
@group(0) @binding(2) var<storage, read> schedule: array<f32>;
@group(0) @binding(3) var<storage, read_write> ema: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * WORKGROUP + lane;
  if (i >= params.n || guard[3] != 0.0) { return; }
  ema[i] = schedule[3] * ema[i] + (1.0 - schedule[3]) * p[i];
}
