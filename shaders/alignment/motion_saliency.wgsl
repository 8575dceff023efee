// How much each token's pixels changed since the frame before:  saliency[f, s] = ‖Y[f, s] − Y[f−1, s]‖₁     (docs/method.md eq. 11)
// Frame 0 has no frame before it and takes the values of frame 1; a clip of one frame has saliency 0.
//
//   Y         [F, S, D]  pixels of each token in [0, 1], D = 3 · tubelet · patch²
//   saliency  [F, S]     =
//
// One workgroup per (frame, token).

override WORKGROUP: u32 = 64;

struct Params {
  F: u32,
  S: u32,
  D: u32,
}

@group(0) @binding(0) var<storage, read> Y: array<f32>;
@group(0) @binding(1) var<storage, read_write> saliency: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

var<workgroup> partial: array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let token = group.y * groups.x + group.x;
  if (token >= params.F * params.S) { return; }
  let frame = min(max(token / params.S, 1u), params.F - 1);
  let before = max(frame, 1u) - 1;
  let s = token % params.S;
  let a = (frame * params.S + s) * params.D;
  let b = (before * params.S + s) * params.D;

  var sum = 0.0;
  for (var d = lane; d < params.D; d += WORKGROUP) {
    sum += abs(Y[a + d] - Y[b + d]);
  }
  partial[lane] = sum;
  workgroupBarrier();
  for (var half = WORKGROUP / 2; half > 0; half /= 2) {
    if (lane < half) { partial[lane] += partial[lane + half]; }
    workgroupBarrier();
  }
  if (lane == 0) { saliency[token] = partial[0]; }
}
