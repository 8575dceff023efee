// The losses of a step of k micro-batches, each of which adds its part:
//   losses = diffusion + λ alignment, diffusion, alignment, λ
//
//   clips      [B]  a micro-batch's part of the diffusion loss, by clip
//   alignment  [1]  its alignment loss: the step's is the mean over micro-batches
//   lambda     [1]  λ / k
//   losses     [4]  = or += (add 1)
//
// One thread: a few numbers, in a fixed order.

struct Params {
  B: u32,
  k: f32,
  add: u32,
}

@group(0) @binding(0) var<storage, read> clips: array<f32>;
@group(0) @binding(1) var<storage, read> alignment: array<f32>;
@group(0) @binding(2) var<storage, read> lambda: array<f32>;
@group(0) @binding(3) var<storage, read_write> losses: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(1)
fn main() {
  var diffusion = 0.0;
  for (var b = 0u; b < params.B; b++) { diffusion += clips[b]; }
  var part = vec3f(diffusion + lambda[0] * alignment[0], diffusion, alignment[0] / params.k);
  if (params.add == 1) { part += vec3f(losses[0], losses[1], losses[2]); }
  losses[0] = part.x;
  losses[1] = part.y;
  losses[2] = part.z;
  losses[3] = lambda[0] * params.k;
}
