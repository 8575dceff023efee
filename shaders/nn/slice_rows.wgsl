// The last rows of each clip:  y[b, n, c] = x[b, first + n, c],  dx (+)= dy there and 0 before
//
//   x, dx  [B, first + N, C]  dx = or += (add 1)
//   y, dy  [B, N, C]          y =
//
// One thread per value of what is written.

override WORKGROUP: u32 = 64;

struct Params {
  rows: u32,
  first: u32,
  N: u32,
  C: u32,
  add: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn forward(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.C || id.y >= params.rows) { return; }
  let row = (id.y / params.N) * (params.first + params.N) + params.first + id.y % params.N;
  y[id.y * params.C + id.x] = x[row * params.C + id.x];
}

@compute @workgroup_size(WORKGROUP)
fn backward(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.C || id.y >= params.rows) { return; }
  let all = params.first + params.N;
  let r = id.y % all;
  var d = 0.0;
  if (r >= params.first) { d = dy[((id.y / all) * params.N + r - params.first) * params.C + id.x]; }
  let at = id.y * params.C + id.x;
  dx[at] = select(d, dx[at] + d, params.add == 1);
}
