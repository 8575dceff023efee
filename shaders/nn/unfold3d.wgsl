// The neighbourhoods of a 3×3×3 convolution as rows, so that a product makes the convolution (im2col):
//   out[r, tap · C + c] = x[t, y, x, c],  t = f + dt − 1,  y = (row · up + dy − pad) / down,  x likewise; 0 outside
//
//   x    [frames, H, W, ld_in]   the grid read; C ≤ ld_in channels
//   out  [rows, ld_out]          =  token0 + r = (f · out_H + row) · out_W + col, tap = (dt · 3 + dy) · 3 + dx
//
// Frames come in clips of `frames`, from frame0 on; a neighbour in another clip is outside. up is the stride. Where this is the
// gradient of a convolution, down is that one's stride (only positions that it divides exist) and pad is 2 − its pad. Behind
// the taps come zeros up to ld_out. One thread per (row, channel), so that a row is taken apart once for 27 values, and
// neighbouring threads write neighbouring floats. A dispatch makes the rows from row0 up to `rows`.

override WORKGROUP: u32 = 64;

struct Params {
  row0: u32,
  rows: u32,
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
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

// The source index along one side, or -1.
fn source(at: u32, tap: u32, size: u32) -> i32 {
  let n = i32(at * params.up + tap) - i32(params.pad);
  let down = i32(params.down);
  return select(n / down, -1, n < 0 || n % down != 0 || n / down >= i32(size));
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let c = id.x;
  let r = params.row0 + id.y;
  let C = params.C;
  if (c >= C || r >= params.rows) { return; }
  let token = params.token0 + r;
  let plane = params.out_H * params.out_W;
  let f = token / plane;
  let row = token % plane / params.out_W;
  let col = token % params.out_W;
  // The clip that this frame belongs to.
  let first = params.frame0 + (f - params.frame0) / params.frames * params.frames;
  let x0 = source(col, 0, params.W);
  let x1 = source(col, 1, params.W);
  let x2 = source(col, 2, params.W);

  // Kept in registers: a uniform read inside the loop is a checked load each time.
  let ld = params.ld_in;
  let width = params.W * ld;
  let height = params.H;
  let end = first + params.frames;
  let y = vec3i(source(row, 0, height), source(row, 1, height), source(row, 2, height));
  let o0 = u32(max(x0, 0)) * ld + c;
  let o1 = u32(max(x1, 0)) * ld + c;
  let o2 = u32(max(x2, 0)) * ld + c;
  var at = r * params.ld_out + c;
  // One frame ahead, so that nothing is negative.
  for (var ahead = f; ahead < f + 3; ahead++) {
    let here = ahead > first && ahead <= end;
    let frame = (max(ahead, 1) - 1) * height;
    // Loads without a branch, which SwiftShader would take lane by lane: what is outside reads something and drops it.
    let in0 = here && y.x >= 0;
    let in1 = here && y.y >= 0;
    let in2 = here && y.z >= 0;
    let l0 = (frame + u32(max(y.x, 0))) * width;
    let l1 = (frame + u32(max(y.y, 0))) * width;
    let l2 = (frame + u32(max(y.z, 0))) * width;
    out[at] = select(0.0, x[l0 + o0], in0 && x0 >= 0);
    out[at + C] = select(0.0, x[l0 + o1], in0 && x1 >= 0);
    out[at + 2 * C] = select(0.0, x[l0 + o2], in0 && x2 >= 0);
    out[at + 3 * C] = select(0.0, x[l1 + o0], in1 && x0 >= 0);
    out[at + 4 * C] = select(0.0, x[l1 + o1], in1 && x1 >= 0);
    out[at + 5 * C] = select(0.0, x[l1 + o2], in1 && x2 >= 0);
    out[at + 6 * C] = select(0.0, x[l2 + o0], in2 && x0 >= 0);
    out[at + 7 * C] = select(0.0, x[l2 + o1], in2 && x1 >= 0);
    out[at + 8 * C] = select(0.0, x[l2 + o2], in2 && x2 >= 0);
    at += 9 * C;
  }
  for (var k = 27 * C + c; k < params.ld_out; k += C) { out[r * params.ld_out + k] = 0.0; }
}
