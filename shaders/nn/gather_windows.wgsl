// Cuts windows of consecutive frames out of a clip, mirrored left to right where asked:
//   out[b, f, y, x, c] = clip[first_b + f, y, x', c'],  x' = W − 1 − x and c' mirrors the pixels of a patch, or x' = x and c' = c
//
//   clip     [F, H, W, ld]          channels 3 · p · p (channel, row, column) of raw patches, or any with p = 1
//   windows  [B, 2]                 first frame, and 1 to mirror
//   out      [B, frames, H, W, ld]  =  columns behind the pixels go along as they are
//
// One thread per value: x over channels, y over the tokens of a frame, z over the frames of the batch.

override WORKGROUP: u32 = 64;

struct Params {
  frames: u32,
  H: u32,
  W: u32,
  ld: u32,
  p: u32,
  pixels: u32,
}

@group(0) @binding(0) var<storage, read> clip: array<f32>;
@group(0) @binding(1) var<storage, read> windows: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let c = id.x;
  if (c >= params.ld) { return; }
  let plane = params.H * params.W;
  let b = id.z / params.frames;
  let x = id.y % params.W;
  var token = (windows[2 * b] + id.z % params.frames) * plane + id.y;
  var channel = c;
  if (windows[2 * b + 1] == 1) {
    token += params.W - 1 - 2 * x;
    if (c < params.pixels) { channel += params.p - 1 - 2 * (c % params.p); }
  }
  out[(id.z * plane + id.y) * params.ld + c] = clip[token * params.ld + channel];
}
