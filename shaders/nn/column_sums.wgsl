// Sums of columns, `run` rows at a time:  sums[p, c] (+)= Σ_{r = p · run}^{(p + 1) · run − 1} x[r, c]
// A bias's gradient takes two of them: one thread down all rows would leave a GPU idle.
//
//   x     [R, C]
//   sums  [ceil(R / run), C]  = or += (add 1)
//
// One thread per sum: x over columns, y over runs. The order is fixed, so two runs are equal to the last bit.

override WORKGROUP: u32 = 64;

struct Params {
  R: u32,
  C: u32,
  run: u32,
  add: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let c = id.x;
  let C = params.C;
  if (c >= C) { return; }
  let end = min(params.R, (id.y + 1) * params.run);
  var sum = 0.0;
  for (var r = id.y * params.run; r < end; r++) { sum += x[r * C + c]; }
  let at = id.y * C + c;
  sums[at] = select(sum, sums[at] + sum, params.add == 1);
}
