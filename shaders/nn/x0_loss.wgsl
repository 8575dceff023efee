// The diffusion loss by x0 prediction (docs/method.md section 6):
//   clips[b] = weight[b] Σ (guess − x0)²,  over the values of clip b that were not given;  d = 2 weight[b] (guess − x0) there, else 0
// weight[b] holds 1 / (1 − A_t) and the division by the number of values asked for in all clips, so that the loss is the sum of `clips`.
//
//   guess, x0, d  [B, N · V]  d =
//   weight, given [B]         given: 1 where the first `first` values of a clip were given
//   clips         [B]         =
//
// forward: one workgroup per clip, in a fixed order. backward: one thread per value.

override WORKGROUP: u32 = 256;

struct Params {
  values: u32,
  first: u32,
}

@group(0) @binding(0) var<storage, read> guess: array<f32>;
@group(0) @binding(1) var<storage, read> x0: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read> given: array<f32>;
@group(0) @binding(4) var<storage, read_write> clips: array<f32>;
@group(0) @binding(4) var<storage, read_write> d: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

var<workgroup> partial: array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let b = group.x;
  let start = b * params.values;
  var sum = 0.0;
  for (var i = select(0u, params.first, given[b] > 0.0) + lane; i < params.values; i += WORKGROUP) {
    let error = guess[start + i] - x0[start + i];
    sum += error * error;
  }
  partial[lane] = sum;
  workgroupBarrier();
  for (var half = WORKGROUP / 2; half > 0; half /= 2) {
    if (lane < half) { partial[lane] += partial[lane + half]; }
    workgroupBarrier();
  }
  if (lane == 0) { clips[b] = weight[b] * partial[0]; }
}

@compute @workgroup_size(WORKGROUP)
fn backward(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.values) { return; }
  let b = id.y;
  let i = b * params.values + id.x;
  let asked = given[b] == 0.0 || id.x >= params.first;
  d[i] = select(0.0, 2.0 * weight[b] * (guess[i] - x0[i]), asked);
}
