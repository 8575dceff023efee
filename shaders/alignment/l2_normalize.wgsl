// L2-normalises feature rows:  norms[i] = max(‖y_i‖, eps),  z[i] = y[i] / norms[i]     (docs/method.md section 2)
//
//   y      [N, C]  raw features
//   z      [N, C]  =  unit rows (a zero row stays zero)
//   norms  [N]     =  clamped norms, which the backward pass divides by
//
// One workgroup per row. Threads stride over C, share their maximum, then halve a shared sum.

override WORKGROUP: u32 = 64;

struct Params {
  N: u32,
  C: u32,
  eps: f32,
}

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read_write> z: array<f32>;
@group(0) @binding(2) var<storage, read_write> norms: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

// Bits of the largest magnitude: those of floats that are not negative are in the same order as their values.
var<workgroup> peak: atomic<u32>;
var<workgroup> partial: array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  // Rows are laid over x and y because one dimension holds at most 65535 workgroups.
  let row = group.y * groups.x + group.x;
  if (row >= params.N) { return; }
  let start = row * params.C;

  // Scaled by the row's largest power of two, which rounds nothing, the squares of large features stay inside f32.
  var most = 0.0;
  for (var c = lane; c < params.C; c += WORKGROUP) { most = max(most, abs(y[start + c])); }
  atomicMax(&peak, bitcast<u32>(most));
  workgroupBarrier();
  let exponent = clamp(frexp(bitcast<f32>(atomicLoad(&peak))).exp, -126, 126);
  let scale = ldexp(1.0, -exponent);

  var sum = 0.0;
  for (var c = lane; c < params.C; c += WORKGROUP) {
    let value = y[start + c] * scale;
    sum += value * value;
  }
  partial[lane] = sum;
  workgroupBarrier();
  for (var half = WORKGROUP / 2; half > 0; half /= 2) {
    if (lane < half) { partial[lane] += partial[lane + half]; }
    workgroupBarrier();
  }

  let norm = max(ldexp(sqrt(partial[0]), exponent), params.eps);
  for (var c = lane; c < params.C; c += WORKGROUP) {
    z[start + c] = y[start + c] / norm;
  }
  if (lane == 0) { norms[row] = norm; }
}
