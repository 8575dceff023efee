// L2-normalises the tokens of a batch:  norms[i] = max(‖y_i‖, eps),  z_i = y_i / norms[i]     (docs/method.md section 2)
// and lays them out twice, as the products want them.
//
//   y      [B, N, C]      raw features
//   z      [B, Np, C]     =  unit rows; Np is N rounded up to 4, the rows behind N are not touched and stay zero
//   zT     [B, Cp, Np]    =  the same transposed; Cp is C rounded up to 4, padding not touched
//   norms  [B, Np]        =
// ROWS and COLUMNS choose the layouts; the buffer of one that is not wanted is not touched.
//
// One thread per token: x over tokens, z over clips. A workgroup per token would read in order, but its barriers cost 50
// times the rest on SwiftShader, and on a GPU this is a thousandth of the products.

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

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= params.N) { return; }
  let C = params.C;
  let Np = (params.N + 3) / 4 * 4;
  let Cp = (C + 3) / 4 * 4;
  let start = (id.z * params.N + i) * C;

  // Scaling by the largest magnitude keeps the squares of large and of tiny features inside f32.
  var peak = 1e-30;
  for (var c = 0u; c < C; c++) { peak = max(peak, abs(y[start + c])); }
  // Four sums in flight: shorter dependency chains and a smaller rounding error than one.
  var sums = vec4f();
  let whole = C / 4 * 4;
  for (var c = 0u; c < whole; c += 4) {
    let part = vec4f(y[start + c], y[start + c + 1], y[start + c + 2], y[start + c + 3]) / peak;
    sums += part * part;
  }
  var sum = (sums.x + sums.y) + (sums.z + sums.w);
  for (var c = whole; c < C; c++) {
    let value = y[start + c] / peak;
    sum += value * value;
  }

  let norm = max(peak * sqrt(sum), params.eps);
  let row = (id.z * Np + i) * C;
  let column = id.z * Cp * Np + i;
  for (var c = 0u; c < C; c++) {
    let value = y[start + c] / norm;
    if (ROWS) { z[row + c] = value; }
    if (COLUMNS) { zT[column + c * Np] = value; }
  }
  norms[id.z * Np + i] = norm;
}
