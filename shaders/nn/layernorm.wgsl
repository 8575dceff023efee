// LayerNorm over the channels of each row:  y[r, c] = h[r, c] · w[c] + b[c],  h = (x − mean) · rstd,  rstd = 1 / √(variance + eps)
//   dx[r, c] (+)= rstd · (g[r, c] − mean_c g − h[r, c] · mean_c (g · h)),  g = dy · w
//   dh[r, c] = dy[r, c] · h[r, c], whose column sums are dw; those of dy are db
//
//   x, y, dy, dx, dh  [R, C]  y, dh =;  dx = or += (add 1)
//   w, b              [C]
//   stats             [R, 2]  mean and rstd of each row, = in the forward and kept for the backward
//
// One thread per row: a workgroup per row would read in order, but its barriers cost 50 times the rest on SwiftShader, and on a
// GPU this is a hundredth of the products beside it.

override WORKGROUP: u32 = 64;

struct Params {
  R: u32,
  C: u32,
  eps: f32,
  add: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<storage, read_write> stats: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<storage, read> kept: array<f32>;
@group(0) @binding(5) var<storage, read_write> dh: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn forward(@builtin(global_invocation_id) id: vec3u) {
  let r = id.x;
  if (r >= params.R) { return; }
  let C = params.C;
  let start = r * C;
  var sum = 0.0;
  for (var c = 0u; c < C; c++) { sum += x[start + c]; }
  let mean = sum / f32(C);
  // Of the differences, not E[x²] − mean²: that cancels where the mean is large beside the spread.
  var squares = 0.0;
  for (var c = 0u; c < C; c++) {
    let d = x[start + c] - mean;
    squares += d * d;
  }
  let rstd = 1.0 / sqrt(squares / f32(C) + params.eps);
  for (var c = 0u; c < C; c++) { y[start + c] = (x[start + c] - mean) * rstd * w[c] + b[c]; }
  stats[2 * r] = mean;
  stats[2 * r + 1] = rstd;
}

@compute @workgroup_size(WORKGROUP)
fn backward(@builtin(global_invocation_id) id: vec3u) {
  let r = id.x;
  if (r >= params.R) { return; }
  let C = params.C;
  let start = r * C;
  let mean = kept[2 * r];
  let rstd = kept[2 * r + 1];
  var sum = 0.0;
  var along = 0.0;
  for (var c = 0u; c < C; c++) {
    let h = (x[start + c] - mean) * rstd;
    let g = dy[start + c] * w[c];
    sum += g;
    along += g * h;
    dh[start + c] = dy[start + c] * h;
  }
  for (var c = 0u; c < C; c++) {
    let h = (x[start + c] - mean) * rstd;
    let d = rstd * (dy[start + c] * w[c] - sum / f32(C) - h * along / f32(C));
    dx[start + c] = select(d, dx[start + c] + d, params.add == 1);
  }
}
