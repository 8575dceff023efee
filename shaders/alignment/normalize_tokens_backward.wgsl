// Backward of normalize_tokens:  dy_i = (dz_i − (dz_i · z_i) z_i) / norms[i]     (docs/method.md section 2)
// Where the norm was clamped to eps it is a constant, and the projection falls away.
//
//   dz     [B, Np, C]   Np is N rounded up to 4
//   z      [B, Np, C]
//   norms  [B, Np]
//   dy     [B, N, C]    =
//
// One thread per token: x over tokens, z over clips.

override WORKGROUP: u32 = 64;

struct Params {
  N: u32,
  C: u32,
  eps: f32,
}

@group(0) @binding(0) var<storage, read> dz: array<f32>;
@group(0) @binding(1) var<storage, read> z: array<f32>;
@group(0) @binding(2) var<storage, read> norms: array<f32>;
@group(0) @binding(3) var<storage, read_write> dy: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= params.N) { return; }
  let C = params.C;
  let row = id.z * ((params.N + 3) / 4 * 4) + i;
  let at = row * C;
  let to = (id.z * params.N + i) * C;

  var sums = vec4f();
  let whole = C / 4 * 4;
  for (var c = 0u; c < whole; c += 4) {
    sums += vec4f(dz[at + c], dz[at + c + 1], dz[at + c + 2], dz[at + c + 3])
          * vec4f(z[at + c], z[at + c + 1], z[at + c + 2], z[at + c + 3]);
  }
  var sum = (sums.x + sums.y) + (sums.z + sums.w);
  for (var c = whole; c < C; c++) { sum += dz[at + c] * z[at + c]; }

  let norm = norms[row];
  let along = select(0.0, sum, norm > params.eps);
  for (var c = 0u; c < C; c++) {
    dy[to + c] = (dz[at + c] - along * z[at + c]) / norm;
  }
}
