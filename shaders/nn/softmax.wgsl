// Softmax of scaled rows, attention's:
//   P[r, j] = exp(scale · S[r, j]) / Σ_j' exp(scale · S[r, j'])
//   dS[r, j] = scale · P[r, j] (dP[r, j] − Σ_j' P[r, j'] dP[r, j'])
//
//   S, dP  [rows, cols]
//   P      [rows, cols]  = in the forward, kept for the backward (`shares`)
//   dS     [rows, cols]  =
//
// One thread per row, as LayerNorm has it and for its reason. The row's maximum is taken out before the exponential.

override WORKGROUP: u32 = 64;

struct Params {
  rows: u32,
  cols: u32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read> S: array<f32>;
@group(0) @binding(1) var<storage, read_write> P: array<f32>;
@group(0) @binding(0) var<storage, read> shares: array<f32>;
@group(0) @binding(1) var<storage, read> dP: array<f32>;
@group(0) @binding(2) var<storage, read_write> dS: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn forward(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.rows) { return; }
  let start = id.x * params.cols;
  let end = start + params.cols;
  var peak = S[start];
  for (var i = start; i < end; i++) { peak = max(peak, S[i]); }
  var sum = 0.0;
  for (var i = start; i < end; i++) {
    let e = exp(params.scale * (S[i] - peak));
    P[i] = e;
    sum += e;
  }
  for (var i = start; i < end; i++) { P[i] /= sum; }
}

@compute @workgroup_size(WORKGROUP)
fn backward(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.rows) { return; }
  let start = id.x * params.cols;
  let end = start + params.cols;
  var along = 0.0;
  for (var i = start; i < end; i++) { along += shares[i] * dP[i]; }
  for (var i = start; i < end; i++) { dS[i] = params.scale * shares[i] * (dP[i] - along); }
}
