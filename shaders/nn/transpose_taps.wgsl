// A weight as its backward reads it:  out[(taps − 1 − tap) · cols + j, i] = w[tap · rows + i, j]
// With one tap a plain transposition (a linear layer's input gradient, dX = dY · Wᵀ); with 27 the kernel of the convolution that
// takes dY back to dX, whose taps run the other way.
//
//   w    [taps · rows, cols]
//   out  [taps · cols, rows]               =
//
// One thread per value, neighbours writing neighbours.

override WORKGROUP: u32 = 64;

struct Params {
  taps: u32,
  rows: u32,
  cols: u32,
}

@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  let line = id.y;
  if (i >= params.rows || line >= params.taps * params.cols) { return; }
  let tap = params.taps - 1 - line / params.cols;
  let j = line % params.cols;
  out[line * params.rows + i] = w[(tap * params.rows + i) * params.cols + j];
}
