// The weights of a convolution as Winograd's F(2, 3) multiplies them (winograd.wgsl), and their gradient from there:
//   forward   U = (G ⊗ G ⊗ G) w
//   backward  dw (+)= (Gᵀ ⊗ Gᵀ ⊗ Gᵀ) dU,  dU[k] = V[k]ᵀ · dM[k] for each of the 64 k
//
//       1  0  0
//   G = ½  ½  ½
//       ½ -½  ½
//       0  0  1
//
//   w, dw  [27, I, O]  dw = or += (add 1)
//   U, dU  [64, I, ld]  U =, ld ≥ O; with turned 1 it is [64, O, ld], ld ≥ I, of w turned round in time, rows and columns: that
//                      convolution takes dy to dx
//
// One thread per pair of channels, x over the last side of U.

override WORKGROUP: u32 = 64;

struct Params {
  rows: u32,
  cols: u32,
  ld: u32,
  turned: u32,
  add: u32,
}

@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read_write> u: array<f32>;
@group(0) @binding(0) var<storage, read> du: array<f32>;
@group(0) @binding(1) var<storage, read_write> dw: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

// G on both sides of the taps of one time, which lie `step` apart.
fn slice_at(at: i32, step: i32) -> mat4x4f {
  let w0 = vec3f(w[at], w[at + step], w[at + 2 * step]);
  let w1 = vec3f(w[at + 3 * step], w[at + 4 * step], w[at + 5 * step]);
  let w2 = vec3f(w[at + 6 * step], w[at + 7 * step], w[at + 8 * step]);
  let t = transpose(mat4x3f(w0, 0.5 * (w0 + w1 + w2), 0.5 * (w0 - w1 + w2), w2));
  return transpose(mat4x4f(t[0], 0.5 * (t[0] + t[1] + t[2]), 0.5 * (t[0] - t[1] + t[2]), t[2]));
}

fn put(slice: u32, at: u32, v: mat4x4f) {
  let step = params.rows * params.ld;
  let i = slice * 16 * step + at;
  u[i] = v[0].x; u[i + step] = v[0].y; u[i + 2 * step] = v[0].z; u[i + 3 * step] = v[0].w;
  u[i + 4 * step] = v[1].x; u[i + 5 * step] = v[1].y; u[i + 6 * step] = v[1].z; u[i + 7 * step] = v[1].w;
  u[i + 8 * step] = v[2].x; u[i + 9 * step] = v[2].y; u[i + 10 * step] = v[2].z; u[i + 11 * step] = v[2].w;
  u[i + 12 * step] = v[3].x; u[i + 13 * step] = v[3].y; u[i + 14 * step] = v[3].z; u[i + 15 * step] = v[3].w;
}

@compute @workgroup_size(WORKGROUP)
fn forward(@builtin(global_invocation_id) id: vec3u) {
  let rows = params.rows;
  let cols = params.cols;
  if (id.x >= cols || id.y >= rows) { return; }
  let at = id.y * params.ld + id.x;
  let turned = params.turned == 1;
  let tap = i32(rows * cols);
  let start = select(i32(id.y * cols + id.x), 26 * tap + i32(id.x * rows + id.y), turned);
  let step = select(tap, -tap, turned);
  let g0 = slice_at(start, step);
  let g1 = slice_at(start + 9 * step, step);
  let g2 = slice_at(start + 18 * step, step);
  put(0, at, g0);
  put(1, at, 0.5 * (g0 + g1 + g2));
  put(2, at, 0.5 * (g0 - g1 + g2));
  put(3, at, g2);
}

// Gᵀ on both sides of a slice of 4 × 4.
fn taps_at(slice: u32, at: u32) -> mat3x3f {
  let step = params.rows * params.ld;
  let i = slice * 16 * step + at;
  let u0 = vec4f(du[i], du[i + step], du[i + 2 * step], du[i + 3 * step]);
  let u1 = vec4f(du[i + 4 * step], du[i + 5 * step], du[i + 6 * step], du[i + 7 * step]);
  let u2 = vec4f(du[i + 8 * step], du[i + 9 * step], du[i + 10 * step], du[i + 11 * step]);
  let u3 = vec4f(du[i + 12 * step], du[i + 13 * step], du[i + 14 * step], du[i + 15 * step]);
  let sum = 0.5 * (u1 + u2);
  let t = transpose(mat3x4f(u0 + sum, 0.5 * (u1 - u2), sum + u3));
  let half = 0.5 * (t[1] + t[2]);
  return transpose(mat3x3f(t[0] + half, 0.5 * (t[1] - t[2]), half + t[3]));
}

fn add_to(at: u32, value: f32) { dw[at] = select(value, dw[at] + value, params.add == 1); }

fn put_taps(time: u32, at: u32, v: mat3x3f) {
  let step = params.rows * params.cols;
  let i = time * 9 * step + at;
  add_to(i, v[0].x); add_to(i + step, v[0].y); add_to(i + 2 * step, v[0].z);
  add_to(i + 3 * step, v[1].x); add_to(i + 4 * step, v[1].y); add_to(i + 5 * step, v[1].z);
  add_to(i + 6 * step, v[2].x); add_to(i + 7 * step, v[2].y); add_to(i + 8 * step, v[2].z);
}

@compute @workgroup_size(WORKGROUP)
fn backward(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.cols || id.y >= params.rows) { return; }
  let at = id.y * params.ld + id.x;
  let d1 = taps_at(1, at);
  let d2 = taps_at(2, at);
  let sum = 0.5 * (d1 + d2);
  let to = id.y * params.cols + id.x;
  put_taps(0, to, taps_at(0, at) + sum);
  put_taps(1, to, 0.5 * (d1 - d2));
  put_taps(2, to, sum + taps_at(3, at));
}
