// Muon (Jordan et al. 2024), as PyTorch computes it, around the products of its Newton–Schulz iteration. For each matrix:
//   momentum  g = scale · gradient,  m += (1 − μ)(g − m),  x = g + μ (m − g), lying: transposed where it has more columns than rows
//   norms     norms = 1 / max(‖x‖, 1e-7)
//   start     x *= norms
//   mix       out = α · left + β · right:  with α = b, β = c the iteration's b G + c G², with β = 0 its a X
//   apply     p = p (1 − η · decay) − 0.2 η √max(rows, columns) · x, which brings its steps to the size of AdamW's
//
//   matrices      [count, 4]  offset in the group, rows, columns, offset in x
//   gradient      [group]     p, m [group] =
//   guard         [4]         norm, scale, loss, bad (see global_norm.wgsl); nothing changes where bad is set
//   schedule      [4]         η first
//   x             [all]       the matrices one after another, =
//   left, right, out [n]      out =
//
// One thread per value: x and z over the values of the largest matrix, y over matrices; `mix` over all. `norms` is a workgroup a matrix.

override WORKGROUP: u32 = 64;

const MOMENTUM: f32 = 0.95;

struct Params {
  decay: f32,
}
struct Mix {
  n: u32,
  alpha: f32,
  beta: f32,
}

@group(0) @binding(0) var<storage, read> matrices: array<vec4u>;
@group(0) @binding(1) var<storage, read> guard: array<f32>;
@group(0) @binding(2) var<storage, read> gradient: array<f32>;
@group(0) @binding(3) var<storage, read_write> m: array<f32>;
@group(0) @binding(4) var<storage, read_write> x: array<f32>;
@group(0) @binding(5) var<storage, read_write> norms: array<f32>;
@group(0) @binding(2) var<storage, read> schedule: array<f32>;
@group(0) @binding(3) var<storage, read_write> p: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;
@group(0) @binding(0) var<storage, read> left: array<f32>;
@group(0) @binding(1) var<storage, read> right: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
@group(0) @binding(3) var<uniform> mixed: Mix;

var<workgroup> sums: array<f32, WORKGROUP>;

// Where value i of a matrix lies in x.
fn lying(i: u32, matrix: vec4u) -> u32 {
  let columns = matrix.z;
  return matrix.w + select(i, i % columns * matrix.y + i / columns, columns > matrix.y);
}

// The value of a matrix that is a thread's.
fn value_of(id: vec3u, groups: vec3u) -> u32 { return id.z * groups.x * WORKGROUP + id.x; }

@compute @workgroup_size(WORKGROUP)
fn momentum(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let matrix = matrices[id.y];
  let k = value_of(id, groups);
  if (k >= matrix.y * matrix.z || guard[3] != 0.0) { return; }
  let i = matrix.x + k;
  let g = guard[1] * gradient[i];
  let next = m[i] + (1.0 - MOMENTUM) * (g - m[i]);
  m[i] = next;
  x[lying(k, matrix)] = g + MOMENTUM * (next - g);
}

@compute @workgroup_size(WORKGROUP)
fn norm(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let matrix = matrices[group.x];
  let end = matrix.w + matrix.y * matrix.z;
  var sum = 0.0;
  for (var i = matrix.w + lane; i < end; i += WORKGROUP) { sum += x[i] * x[i]; }
  sums[lane] = sum;
  workgroupBarrier();
  for (var half = WORKGROUP / 2; half > 0; half /= 2) {
    if (lane < half) { sums[lane] += sums[lane + half]; }
    workgroupBarrier();
  }
  if (lane == 0) { norms[group.x] = 1.0 / max(sqrt(sums[0]), 1e-7); }
}

@compute @workgroup_size(WORKGROUP)
fn start(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let matrix = matrices[id.y];
  let k = value_of(id, groups);
  if (k < matrix.y * matrix.z) { x[matrix.w + k] *= norms[id.y]; }
}

@compute @workgroup_size(WORKGROUP)
fn mix(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * WORKGROUP + lane;
  if (i < mixed.n) { out[i] = mixed.alpha * left[i] + mixed.beta * right[i]; }
}

@compute @workgroup_size(WORKGROUP)
fn apply(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let matrix = matrices[id.y];
  let k = value_of(id, groups);
  if (k >= matrix.y * matrix.z || guard[3] != 0.0) { return; }
  let i = matrix.x + k;
  let rate = schedule[0];
  let step = 0.2 * rate * sqrt(f32(max(matrix.y, matrix.z)));
  p[i] = p[i] * (1.0 - rate * params.decay) - step * x[lying(k, matrix)];
}
