// Linear interpolation to twice the frames of each clip (docs/method.md section 5):
//   out[2k] = ¼ x[k − 1] + ¾ x[k],  out[2k + 1] = ¾ x[k] + ¼ x[k + 1],  k clamped to the clip
//
//   x    [clips · frames, row]      frames of `row` values, one clip after another
//   out  [clips · 2 · frames, row]  =
//
// One thread per value that comes out.

override WORKGROUP: u32 = 64;

struct Params {
  // Frames of a clip that come in.
  frames: u32,
  // Frames of all clips that come out.
  out_frames: u32,
  row: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  let f = id.y;
  if (i >= params.row || f >= params.out_frames) { return; }
  let near = f / 2;
  let k = near % params.frames;
  // Even frames lean on the one before, odd ones on the one after.
  let back = f % 2 == 0;
  let alone = select(k + 1 == params.frames, k == 0, back);
  let far = select(select(near + 1, near - 1, back), near, alone);
  out[f * params.row + i] = 0.75 * x[near * params.row + i] + 0.25 * x[far * params.row + i];
}
