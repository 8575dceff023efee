// Tempering: softmax with temperature over the positions of one frame     (docs/method.md eq. 8)
//   probs[r, s] = exp(logits[r, s] / tau) / Σ_s' exp(logits[r, s'] / tau)
// Eq. 8 is computed in two other places, soft_match.wgsl and frame_lse.wgsl with tempered_kl*.wgsl, which is what trains:
// test/kernels/tempering.test.ts holds them together.
//
//   logits  [rows, cols]  similarities; a row is one (query, frame), its S columns are the frame's positions
//   probs   [rows, cols]  =  correspondence distribution, each row sums to 1
//
// One workgroup per row. The row's maximum is taken out before the exponential, so no tau overflows.

override WORKGROUP: u32 = 64;

struct Params {
  rows: u32,
  cols: u32,
  tau: f32,
}

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read_write> probs: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

var<workgroup> partial: array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = group.y * groups.x + group.x;
  if (row >= params.rows) { return; }
  let start = row * params.cols;

  var peak = logits[start];
  for (var s = lane; s < params.cols; s += WORKGROUP) {
    peak = max(peak, logits[start + s]);
  }
  partial[lane] = peak;
  workgroupBarrier();
  for (var half = WORKGROUP / 2; half > 0; half /= 2) {
    if (lane < half) { partial[lane] = max(partial[lane], partial[lane + half]); }
    workgroupBarrier();
  }
  peak = partial[0];
  // Everyone has read the maximum before the sums overwrite it.
  workgroupBarrier();

  var sum = 0.0;
  for (var s = lane; s < params.cols; s += WORKGROUP) {
    sum += exp((logits[start + s] - peak) / params.tau);
  }
  partial[lane] = sum;
  workgroupBarrier();
  for (var half = WORKGROUP / 2; half > 0; half /= 2) {
    if (lane < half) { partial[lane] += partial[lane + half]; }
    workgroupBarrier();
  }
  let total = partial[0];

  for (var s = lane; s < params.cols; s += WORKGROUP) {
    probs[start + s] = exp((logits[start + s] - peak) / params.tau) / total;
  }
}
