// SiLU, laid out for the next product:  h[r, c] = p[r, c] · σ(p[r, c]),  h[r, C] = 1,  zeros behind
//
//   p  [rows, ld_p]  before the activation, kept for the backward
//   h  [rows, ld_h]  =  the column of ones meets the bias, which is the last row of the next weight
//
// One thread per value.

override WORKGROUP: u32 = 64;

struct Params {
  rows: u32,
  C: u32,
  ld_p: u32,
  ld_h: u32,
}

@group(0) @binding(0) var<storage, read> p: array<f32>;
@group(0) @binding(1) var<storage, read_write> h: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let c = id.x;
  let r = id.y;
  if (c >= params.ld_h || r >= params.rows) { return; }
  var value = select(0.0, 1.0, c == params.C);
  if (c < params.C) {
    let v = p[r * params.ld_p + c];
    // Far left exp overflows to infinity and the quotient is 0, its limit.
    value = v / (1.0 + exp(-v));
  }
  h[r * params.ld_h + c] = value;
}
