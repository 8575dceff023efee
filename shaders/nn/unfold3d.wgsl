// The neighbourhoods of a 3×3×3 convolution as rows, so that a product makes the convolution (im2col):
//   out[r, tap · C + c] = x[t, y, x, c],  t = f + dt − 1,  y = (row · up + dy − pad) / down,  x likewise; 0 outside
//
//   x    [frames, H, W, ld_in]   the grid read; C ≤ ld_in channels
//   out  [rows, ld_out]          =  token0 + r = (f · out_H + row) · out_W + col, tap = (dt · 3 + dy) · 3 + dx
//
// Frames come in clips of `frames`, from frame0 on; a neighbour in another clip is outside. up is the stride. Where this is the
// gradient of a convolution, down is that one's stride (only positions that it divides exist) and pad is 2 − its pad. Behind
// the taps come a 1 (with ones = 1: it meets the bias, the last weight row) and zeros up to ld_out. One thread per (row,
// channel), so that a row is taken apart once for 27 values, and neighbouring threads write neighbouring floats.
// A dispatch makes the rows from row0 up to `rows`; those from `tokens` on are zero, because a gradient's product reads whole vec4s.

override WORKGROUP: u32 = 64;

struct Params {
  row0: u32,
  rows: u32,
  tokens: u32,
  token0: u32,
  frame0: u32,
  frames: u32,
  H: u32,
  W: u32,
  out_H: u32,
  out_W: u32,
  C: u32,
  ld_in: u32,
  ld_out: u32,
  up: u32,
  down: u32,
  pad: u32,
  ones: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

// The source index of a tap along one side, or -1.
fn source(at: u32, tap: i32, pad: u32, size: u32) -> i32 {
  let n = i32(at * params.up) + tap - i32(pad);
  let down = i32(params.down);
  if (n < 0 || n % down != 0 || n / down >= i32(size)) { return -1; }
  return n / down;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let c = id.x;
  let r = params.row0 + id.y;
  let C = params.C;
  if (c >= C || r >= params.rows) { return; }
  let token = params.token0 + min(r, params.tokens - 1);
  let plane = params.out_H * params.out_W;
  let f = token / plane;
  let row = token % plane / params.out_W;
  let col = token % params.out_W;
  // The clip that this frame belongs to.
  let first = i32(params.frame0 + (f - params.frame0) / params.frames * params.frames);
  let end = first + i32(params.frames);
  let xs = vec3i(source(col, 0, params.pad, params.W), source(col, 1, params.pad, params.W), source(col, 2, params.pad, params.W));

  var at = r * params.ld_out + c;
  for (var dt = 0; dt < 3; dt++) {
    let t = i32(f) + dt - 1;
    for (var dy = 0; dy < 3; dy++) {
      let y = source(row, dy, params.pad, params.H);
      let inside = r < params.tokens && t >= first && t < end && y >= 0;
      let line = (t * i32(params.H) + y) * i32(params.W);
      for (var dx = 0; dx < 3; dx++) {
        var value = 0.0;
        if (inside && xs[dx] >= 0) { value = x[u32(line + xs[dx]) * params.ld_in + c]; }
        out[at] = value;
        at += C;
      }
    }
  }
  for (var k = 27 * C + c; k < params.ld_out; k += C) {
    out[r * params.ld_out + k] = select(0.0, 1.0, params.ones == 1 && k == 27 * C && r < params.tokens);
  }
}
