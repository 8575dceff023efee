// Attention's layouts: the channels of a token cut into heads, and back.
//   split             y[b, h, t, i] = x[b, t, h, i]
//   split_transposed  y[b, h, i, t] = x[b, t, h, i]
//   merge             x[b, t, h, i] (+)= y[b, h, t, i]
//
//   tokens  [B, T, heads · d]    x
//   apart   [B · heads, T, d], or [B · heads, d, T] transposed    y
//
// One thread per value, in the order of what is written: x over its last side, y over the others.

override WORKGROUP: u32 = 64;

struct Params {
  T: u32,
  heads: u32,
  d: u32,
  add: u32,
}

@group(0) @binding(0) var<storage, read> tokens: array<f32>;
@group(0) @binding(1) var<storage, read_write> apart: array<f32>;
@group(0) @binding(0) var<storage, read> from_heads: array<f32>;
@group(0) @binding(1) var<storage, read_write> merged: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn split(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.d) { return; }
  let t = id.y % params.T;
  let bh = id.y / params.T;
  let token = (bh / params.heads) * params.T + t;
  apart[id.y * params.d + id.x] = tokens[(token * params.heads + bh % params.heads) * params.d + id.x];
}

@compute @workgroup_size(WORKGROUP)
fn split_transposed(@builtin(global_invocation_id) id: vec3u) {
  let t = id.x;
  if (t >= params.T) { return; }
  let i = id.y % params.d;
  let bh = id.y / params.d;
  let token = (bh / params.heads) * params.T + t;
  apart[id.y * params.T + t] = tokens[(token * params.heads + bh % params.heads) * params.d + i];
}

@compute @workgroup_size(WORKGROUP)
fn merge(@builtin(global_invocation_id) id: vec3u) {
  let C = params.heads * params.d;
  if (id.x >= C) { return; }
  let t = id.y % params.T;
  let b = id.y / params.T;
  let value = from_heads[((b * params.heads + id.x / params.d) * params.T + t) * params.d + id.x % params.d];
  let at = id.y * C + id.x;
  merged[at] = select(value, merged[at] + value, params.add == 1);
}
