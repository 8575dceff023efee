// Turns a model's feature maps into token rows, averaging pool × pool cells into one token:
//   tokens[first + b, y, x, c] = 1/pool² Σ_{dy, dx < pool} maps[b, c, pool·y + dy, pool·x + dx]
//
//   maps    [B, C, pool·H, pool·W]  features of B frames, channels first as convolutions give them
//   tokens  [F, H, W, C]            =  for the frames first … first + B − 1; the others keep what they hold
//
// One thread per (frame, channel, token) with the token running fastest, so that neighbours read neighbouring cells.

override WORKGROUP: u32 = 64;

struct Params {
  B: u32,
  C: u32,
  H: u32,
  W: u32,
  pool: u32,
  first: u32,
}

@group(0) @binding(0) var<storage, read> maps: array<f32>;
@group(0) @binding(1) var<storage, read_write> tokens: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * WORKGROUP + lane;
  let S = params.H * params.W;
  if (i >= params.B * params.C * S) { return; }
  let s = i % S;
  let c = i / S % params.C;
  let b = i / S / params.C;
  let cols = params.W * params.pool;
  let corner = ((b * params.C + c) * params.H + s / params.W) * params.pool * cols + s % params.W * params.pool;

  var sum = 0.0;
  for (var dy = 0u; dy < params.pool; dy++) {
    for (var dx = 0u; dx < params.pool; dx++) {
      sum += maps[corner + dy * cols + dx];
    }
  }
  tokens[((params.first + b) * S + s) * params.C + c] = sum / f32(params.pool * params.pool);
}
