// AdamW with decoupled weight decay and bias correction (Loshchilov & Hutter 2019), as PyTorch computes it:
//   g = scale · gradient
//   m = β1 m + (1 − β1) g,   v = β2 v + (1 − β2) g²
//   p = p (1 − η · decay) − η / (1 − β1ᵗ) · m / (√v / √(1 − β2ᵗ) + ε)
//
//   gradient     [n]
//   guard        [4]  norm, scale, loss, bad (see global_norm.wgsl); nothing changes where bad is set
//   schedule     [4]  η, η / (1 − β1ᵗ), √(1 − β2ᵗ), EMA decay: of this step and group, computed in float64
//   p, m, v      [n]  =
//
// One thread per value.

override WORKGROUP: u32 = 64;

struct Params {
  n: u32,
  beta1: f32,
  beta2: f32,
  eps: f32,
  decay: f32,
}

@group(0) @binding(0) var<storage, read> gradient: array<f32>;
@group(0) @binding(1) var<storage, read> guard: array<f32>;
@group(0) @binding(2) var<storage, read> schedule: array<f32>;
@group(0) @binding(3) var<storage, read_write> p: array<f32>;
@group(0) @binding(4) var<storage, read_write> m: array<f32>;
@group(0) @binding(5) var<storage, read_write> v: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * WORKGROUP + lane;
  if (i >= params.n || guard[3] != 0.0) { return; }
  let g = guard[1] * gradient[i];
  let first = params.beta1 * m[i] + (1.0 - params.beta1) * g;
  let second = params.beta2 * v[i] + (1.0 - params.beta2) * g * g;
  m[i] = first;
  v[i] = second;
  p[i] = p[i] * (1.0 - schedule[0] * params.decay) - schedule[1] * first / (sqrt(second) / schedule[2] + params.eps);
}
