// The channels of a token cut into heads, each turned, as the product reads its right side:  out[b, h, i, t] = x[b, t, h, i]
//
//   tokens  [B, T, heads · d]   x
//   apart   [B · heads, d, T]   =
//
// One thread per value, neighbours writing neighbours: x over tokens, y over the channels of a token, z over clips.

override WORKGROUP: u32 = 64;

struct Params {
  T: u32,
  channels: u32,
}

@group(0) @binding(0) var<storage, read> tokens: array<f32>;
@group(0) @binding(1) var<storage, read_write> apart: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let t = id.x;
  if (t >= params.T) { return; }
  let channels = params.channels;
  apart[(id.z * channels + id.y) * params.T + t] = tokens[(id.z * params.T + t) * channels + id.y];
}
