// Clipping by the norm of all gradients together, after λ:
//   norm = λ √(Σ partials),  scale = λ · min(1, clip / (norm + 1e-6)),  bad = 1 once a norm or a loss was not finite
//
//   partials  [count]  sums of squares
//   loss      [1]
//   guard     [4]      norm =, scale =, loss =, bad |=   (floats; bad is 0 or 1)
//
// bad stays, and the optimiser does nothing where it is set: the parameters remain those of the last good step however many
// steps are already on their way. Not finite is tested on the bits, because a shader compiler may assume that there is no NaN.
// One workgroup; the order is fixed, so two runs are equal to the last bit.

override WORKGROUP: u32 = 256;

struct Params {
  count: u32,
  lambda: f32,
  clip: f32,
}

@group(0) @binding(0) var<storage, read> partials: array<f32>;
@group(0) @binding(1) var<storage, read> loss: array<f32>;
@group(0) @binding(2) var<storage, read_write> guard: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

var<workgroup> sums: array<f32, WORKGROUP>;

fn endless(value: f32) -> bool {
  return (bitcast<u32>(value) & 0x7f800000) == 0x7f800000;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) lane: u32) {
  var sum = 0.0;
  for (var i = lane; i < params.count; i += WORKGROUP) { sum += partials[i]; }
  sums[lane] = sum;
  workgroupBarrier();
  for (var half = WORKGROUP / 2; half > 0; half /= 2) {
    if (lane < half) { sums[lane] += sums[lane + half]; }
    workgroupBarrier();
  }
  if (lane > 0) { return; }
  let norm = params.lambda * sqrt(sums[0]);
  guard[0] = norm;
  guard[1] = params.lambda * min(1.0, params.clip / (norm + 1e-6));
  guard[2] = loss[0];
  if (endless(norm) || endless(loss[0])) { guard[3] = 1.0; }
}
