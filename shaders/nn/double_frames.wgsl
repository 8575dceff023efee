// Linear interpolation to twice the frames of each clip (docs/method.md section 5):
//   y[2k] = ¼ x[k − 1] + ¾ x[k],  y[2k + 1] = ¾ x[k] + ¼ x[k + 1],  k clamped to the clip
//   dx[k] (+)= ¾ (dy[2k] + dy[2k + 1]) + ¼ (dy[2k − 1] + dy[2k + 2]),  both outer frames clamped to the clip
//
//   x, dx  [clips · frames, row]      frames of `row` values, one clip after another; dx = or += (add 1)
//   y, dy  [clips · 2 · frames, row]  y =
//
// One thread per value of y or of dx.

override WORKGROUP: u32 = 64;

struct Params {
  // Frames of a clip of x.
  frames: u32,
  // Frames of all clips of what is written.
  all: u32,
  row: u32,
  add: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn forward(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  let f = id.y;
  if (i >= params.row || f >= params.all) { return; }
  let near = f / 2;
  let k = near % params.frames;
  // Even frames lean on the one before, odd ones on the one after.
  let back = f % 2 == 0;
  let alone = select(k + 1 == params.frames, k == 0, back);
  let far = select(select(near + 1, near - 1, back), near, alone);
  y[f * params.row + i] = 0.75 * x[near * params.row + i] + 0.25 * x[far * params.row + i];
}

@compute @workgroup_size(WORKGROUP)
fn backward(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  let f = id.y;
  if (i >= params.row || f >= params.all) { return; }
  let k = f % params.frames;
  let row = params.row;
  let at = 2 * f * row + i;
  let before = select(at - row, at, k == 0);
  let after = select(at + 2 * row, at + row, k + 1 == params.frames);
  let d = 0.75 * (dy[at] + dy[at + row]) + 0.25 * (dy[before] + dy[after]);
  let here = f * row + i;
  dx[here] = select(d, dx[here] + d, params.add == 1);
}
