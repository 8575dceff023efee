// REPA, forward and backward in one:  per_token[i] = −zt_i · zs_i     (docs/method.md eq. 2)
//   dz_i = −scale · zt_i, then through the normalisation:  dy_i = (dz_i − (dz_i · zs_i) zs_i) / norms[i],  scale = 1 / (N · B)
//
//   teacher    [B, Np, C]   unit rows; Np is N rounded up to 4
//   student    [B, Np, C]   unit rows
//   norms      [B, Np]      clamped norms of the raw student; a clamped one is a constant and has no projection
//   per_token  [B, N]       =
//   dy         [B, N, C]    =
//
// One thread per token: x over tokens, z over clips.

override WORKGROUP: u32 = 64;

struct Params {
  N: u32,
  C: u32,
  eps: f32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read> teacher: array<f32>;
@group(0) @binding(1) var<storage, read> student: array<f32>;
@group(0) @binding(2) var<storage, read> norms: array<f32>;
@group(0) @binding(3) var<storage, read_write> per_token: array<f32>;
@group(0) @binding(4) var<storage, read_write> dy: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= params.N) { return; }
  let C = params.C;
  let row = id.z * ((params.N + 3) / 4 * 4) + i;
  let at = row * C;
  let token = id.z * params.N + i;

  var sums = vec4f();
  let whole = C / 4 * 4;
  for (var c = 0u; c < whole; c += 4) {
    sums += vec4f(teacher[at + c], teacher[at + c + 1], teacher[at + c + 2], teacher[at + c + 3])
          * vec4f(student[at + c], student[at + c + 1], student[at + c + 2], student[at + c + 3]);
  }
  var cosine = (sums.x + sums.y) + (sums.z + sums.w);
  for (var c = whole; c < C; c++) { cosine += teacher[at + c] * student[at + c]; }

  let norm = norms[row];
  let along = select(0.0, cosine, norm > params.eps);
  for (var c = 0u; c < C; c++) {
    dy[token * C + c] = -params.scale * (teacher[at + c] - along * student[at + c]) / norm;
  }
  per_token[token] = -cosine;
}
