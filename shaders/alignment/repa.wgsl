// REPA, forward and backward in one:  per_token[i] = −zt_i · zs_i     (METHOD.md eq. 2)
//   dz_i = −scale · zt_i, then through the normalisation:  dy_i = (dz_i − (dz_i · zs_i) zs_i) / norms[i],  scale = 1 / (N · B)
//
//   teacher    [B, Np, C]   unit rows; Np is N rounded up to 4
//   student    [B, Np, C]   unit rows
//   norms      [B, Np]      clamped norms of the raw student; a clamped one is a constant and has no projection
//   per_token  [B, N]       =
//   dy         [B, N, C]    =
//
// One workgroup per token; x and y of the grid fold the tokens of a clip, z is the clip.

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
  let row = group.z * ((params.N + 3) / 4 * 4) + i;
  let at = row * C;
  let token = group.z * params.N + i;

  var sum = 0.0;
  for (var c = lane; c < C; c += WORKGROUP) { sum += teacher[at + c] * student[at + c]; }
  partial[lane] = sum;
  workgroupBarrier();
  for (var half = WORKGROUP / 2; half > 0; half /= 2) {
    if (lane < half) { partial[lane] += partial[lane + half]; }
    workgroupBarrier();
  }

  let cosine = partial[0];
  let norm = norms[row];
  let along = select(0.0, cosine, norm > params.eps);
  for (var c = lane; c < C; c += WORKGROUP) {
    dy[token * C + c] = -params.scale * (teacher[at + c] - along * student[at + c]) / norm;
  }
  if (lane == 0) { per_token[token] = -cosine; }
}
