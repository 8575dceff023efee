// Backward of normalize_tokens:  dy_i = (dz_i − (dz_i · z_i) z_i) / norms[i]     (METHOD.md section 2)
// Where the norm was clamped to eps it is a constant, and the projection falls away.
//
//   dz     [B, Np, C]   Np is N rounded up to 4
//   z      [B, Np, C]
//   norms  [B, Np]
//   dy     [B, N, C]    =
//
// One workgroup per token; x and y of the grid fold the tokens of a clip, z is the clip.

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
  let to = (group.z * params.N + i) * C;

  var sum = 0.0;
  for (var c = lane; c < C; c += WORKGROUP) { sum += dz[at + c] * z[at + c]; }
  partial[lane] = sum;
  workgroupBarrier();
  for (var half = WORKGROUP / 2; half > 0; half /= 2) {
    if (lane < half) { partial[lane] += partial[lane + half]; }
    workgroupBarrier();
  }

  let norm = norms[row];
  let along = select(0.0, partial[0], norm > params.eps);
  for (var c = lane; c < C; c += WORKGROUP) {
    dy[to + c] = (dz[at + c] - along * z[at + c]) / norm;
  }
}
