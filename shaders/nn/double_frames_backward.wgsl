// Gradient of double_frames:
//   dx[k] = ¾ (dout[2k] + dout[2k + 1]) + ¼ (dout[2k − 1] + dout[2k + 2]),  both outer frames clamped to the clip
//
//   dout  [clips · 2 · frames, row]
//   dx    [clips · frames, row]      =
//
// One thread per value of dx.

override WORKGROUP: u32 = 64;

struct Params {
  frames: u32,
  // Frames of all clips of dx.
  in_frames: u32,
  row: u32,
}

@group(0) @binding(0) var<storage, read> dout: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  let f = id.y;
  if (i >= params.row || f >= params.in_frames) { return; }
  let k = f % params.frames;
  let row = params.row;
  let at = 2 * f * row + i;
  let before = select(at - row, at, k == 0);
  let after = select(at + 2 * row, at + row, k + 1 == params.frames);
  dx[f * row + i] = 0.75 * (dout[at] + dout[at + row]) + 0.25 * (dout[before] + dout[after]);
}
