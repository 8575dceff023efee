// L2-normalises the tokens of a batch:  norms[i] = max(‖y_i‖, eps),  z_i = y_i / norms[i]     (METHOD.md section 2)
// and lays them out twice, as the products want them.
//
//   y      [B, N, C]      raw features
//   z      [B, Np, C]     =  unit rows; Np is N rounded up to 4, the rows behind N are not touched and stay zero
//   zT     [B, Cp, Np]    =  the same transposed; Cp is C rounded up to 4, padding not touched
//   norms  [B, Np]        =
// ROWS and COLUMNS choose the layouts; the buffer of one that is not wanted is not touched.
//
// One workgroup per token; x and y of the grid fold the tokens of a clip, z is the clip.

override WORKGROUP: u32 = 64;
override ROWS: bool = true;
override COLUMNS: bool = true;

struct Params {
  N: u32,
  C: u32,
  eps: f32,
}

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read_write> z: array<f32>;
@group(0) @binding(2) var<storage, read_write> zT: array<f32>;
@group(0) @binding(3) var<storage, read_write> norms: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

var<workgroup> partial: array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = group.y * groups.x + group.x;
  if (i >= params.N) { return; }
  let C = params.C;
  let Np = (params.N + 3) / 4 * 4;
  let Cp = (C + 3) / 4 * 4;
  let start = (group.z * params.N + i) * C;

  // Scaling by the largest magnitude keeps the squares of large and of tiny features inside f32.
  var peak = 0.0;
  for (var c = lane; c < C; c += WORKGROUP) { peak = max(peak, abs(y[start + c])); }
  partial[lane] = peak;
  workgroupBarrier();
  for (var half = WORKGROUP / 2; half > 0; half /= 2) {
    if (lane < half) { partial[lane] = max(partial[lane], partial[lane + half]); }
    workgroupBarrier();
  }
  peak = max(partial[0], 1e-30);
  workgroupBarrier();

  var sum = 0.0;
  for (var c = lane; c < C; c += WORKGROUP) {
    let value = y[start + c] / peak;
    sum += value * value;
  }
  partial[lane] = sum;
  workgroupBarrier();
  for (var half = WORKGROUP / 2; half > 0; half /= 2) {
    if (lane < half) { partial[lane] += partial[lane + half]; }
    workgroupBarrier();
  }

  let norm = max(peak * sqrt(partial[0]), params.eps);
  for (var c = lane; c < C; c += WORKGROUP) {
    let value = y[start + c] / norm;
    if (ROWS) { z[(group.z * Np + i) * C + c] = value; }
    if (COLUMNS) { zT[(group.z * Cp + c) * Np + i] = value; }
  }
  if (lane == 0) { norms[group.z * Np + i] = norm; }
}
