// Partial sums of squares:  partials[t] = Σ_k values[t + k · threads]²
//
//   values    [n]
//   partials  [threads]  =
//
// One thread per partial sum, and no barrier: `global_norm` adds them in a fixed order.

override WORKGROUP: u32 = 64;

struct Params {
  n: u32,
  threads: u32,
}

@group(0) @binding(0) var<storage, read> values: array<f32>;
@group(0) @binding(1) var<storage, read_write> partials: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let t = id.x;
  if (t >= params.threads) { return; }
  var sum = 0.0;
  for (var i = t; i < params.n; i += params.threads) { sum += values[i] * values[i]; }
  partials[t] = sum;
}
