// Matrix product for software adapters, forms nn and tn. Written by `npm run shaders` (scripts/lib/product.mjs).
//
//   nn  C[m, n] (+)= Σ_k A[m, k] B[k, n]     forward of a linear layer, the similarity's gradient of the keys
//   tn  C[m, n] (+)= Σ_k A[k, m] B[k, n]     the similarity itself (A = B = zᵀ), a weight's gradient
//
//   A     nn [batch, rows, lda], the columns from depth to the next multiple of 4 zero; tn [batch, depth, lda]; lda a multiple of 4
//   B     [batch, depth, ldb]
//   bias  [cols]             added to every row with biased 1
//   C     [batch, rows, ldc] = or += (accumulate 1)
//
// With `symmetric` 1 (tn, A and B the same matrix, rows = cols) the tiles below the diagonal are not computed but mirrored from
// above it: half the work, and C is symmetric to the last bit. A parameter and no override: a pipeline takes SwiftShader half a
// second. `row0` cuts long products into dispatches at multiples of TILE_ROWS.
// A batch has two levels: `inner` products lie stride_… apart, and so many of them far_… from the next (heads and clips).
//
// One thread makes 16 rows by 16 columns in registers; a workgroup is LANES threads across and STRIPS down. The columns of a
// thread lie LANES apart, so that neighbouring threads read neighbouring floats of B, while all of them read the same A: the
// two patterns that SwiftShader turns into one load (any other is four loads and a shuffle). Four k at a time, so that a register
// is touched once per four multiplications. A checked load costs SwiftShader ten multiplications: 16 × 16 is 27 % faster than
// 16 × 8, 2.4 × that of 8 × 4, and workgroup memory gains nothing. A GPU has no registers for it: see product_tiled.wgsl.

const LANES: u32 = 4;
const STRIPS: u32 = 8;
const TILE_ROWS: u32 = 128;
const TILE_COLUMNS: u32 = 64;

struct Params {
  rows: u32,
  cols: u32,
  depth: u32,
  lda: u32,
  ldb: u32,
  ldc: u32,
  stride_a: u32,
  stride_b: u32,
  stride_c: u32,
  inner: u32,
  far_a: u32,
  far_b: u32,
  far_c: u32,
  row0: u32,
  accumulate: u32,
  biased: u32,
  symmetric: u32,
}

@group(0) @binding(0) var<storage, read> A: array<vec4f>;
@group(0) @binding(1) var<storage, read> B: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> C: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

// Where a product of the batch begins.
fn start(batch: u32, stride: u32, far: u32) -> u32 { return batch / params.inner * far + batch % params.inner * stride; }

fn put(batch: u32, row: u32, col: u32, sums: vec4f, mirror: bool) {
  if (col >= params.cols) { return; }
  let ldc = params.ldc;
  let base = start(batch, params.stride_c, params.far_c);
  let at = base + row * ldc + col;
  let over = base + col * ldc + row;
  var v = sums;
  if (params.biased == 1) { v += bias[col]; }
  // Behind the edge the read is clamped or foreign, and not written back.
  if (params.accumulate == 1) { v += vec4f(C[at], C[at + ldc], C[at + 2 * ldc], C[at + 3 * ldc]); }
  if (row < params.rows) { C[at] = v.x; if (mirror) { C[over] = v.x; } }
  if (row + 1 < params.rows) { C[at + ldc] = v.y; if (mirror) { C[over + 1] = v.y; } }
  if (row + 2 < params.rows) { C[at + 2 * ldc] = v.z; if (mirror) { C[over + 2] = v.z; } }
  if (row + 3 < params.rows) { C[at + 3 * ldc] = v.w; if (mirror) { C[over + 3] = v.w; } }
}

@compute @workgroup_size(LANES, STRIPS)
fn nn(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let row = params.row0 + (group.y * STRIPS + local.y) * 16;
  if (row >= params.rows) { return; }
  let a = start(group.z, params.stride_a, params.far_a) / 4;
  let lda = params.lda / 4;
  let last = params.rows - 1;
  let r0 = a + min(row + 0, last) * lda; let r1 = a + min(row + 1, last) * lda; let r2 = a + min(row + 2, last) * lda;
  let r3 = a + min(row + 3, last) * lda; let r4 = a + min(row + 4, last) * lda; let r5 = a + min(row + 5, last) * lda;
  let r6 = a + min(row + 6, last) * lda; let r7 = a + min(row + 7, last) * lda; let r8 = a + min(row + 8, last) * lda;
  let r9 = a + min(row + 9, last) * lda; let r10 = a + min(row + 10, last) * lda;
  let r11 = a + min(row + 11, last) * lda; let r12 = a + min(row + 12, last) * lda;
  let r13 = a + min(row + 13, last) * lda; let r14 = a + min(row + 14, last) * lda;
  let r15 = a + min(row + 15, last) * lda;
  let col = group.x * TILE_COLUMNS + local.x;
  // Rows and columns behind the edge read the last one and are not written.
  let o0 = min(col + 0 * LANES, params.cols - 1); let o1 = min(col + 1 * LANES, params.cols - 1);
  let o2 = min(col + 2 * LANES, params.cols - 1); let o3 = min(col + 3 * LANES, params.cols - 1);
  let o4 = min(col + 4 * LANES, params.cols - 1); let o5 = min(col + 5 * LANES, params.cols - 1);
  let o6 = min(col + 6 * LANES, params.cols - 1); let o7 = min(col + 7 * LANES, params.cols - 1);
  let o8 = min(col + 8 * LANES, params.cols - 1); let o9 = min(col + 9 * LANES, params.cols - 1);
  let o10 = min(col + 10 * LANES, params.cols - 1); let o11 = min(col + 11 * LANES, params.cols - 1);
  let o12 = min(col + 12 * LANES, params.cols - 1); let o13 = min(col + 13 * LANES, params.cols - 1);
  let o14 = min(col + 14 * LANES, params.cols - 1); let o15 = min(col + 15 * LANES, params.cols - 1);
  var c0_0 = vec4f(); var c1_0 = vec4f(); var c2_0 = vec4f(); var c3_0 = vec4f(); var c0_1 = vec4f();
  var c1_1 = vec4f(); var c2_1 = vec4f(); var c3_1 = vec4f(); var c0_2 = vec4f(); var c1_2 = vec4f();
  var c2_2 = vec4f(); var c3_2 = vec4f(); var c0_3 = vec4f(); var c1_3 = vec4f(); var c2_3 = vec4f();
  var c3_3 = vec4f(); var c0_4 = vec4f(); var c1_4 = vec4f(); var c2_4 = vec4f(); var c3_4 = vec4f();
  var c0_5 = vec4f(); var c1_5 = vec4f(); var c2_5 = vec4f(); var c3_5 = vec4f(); var c0_6 = vec4f();
  var c1_6 = vec4f(); var c2_6 = vec4f(); var c3_6 = vec4f(); var c0_7 = vec4f(); var c1_7 = vec4f();
  var c2_7 = vec4f(); var c3_7 = vec4f(); var c0_8 = vec4f(); var c1_8 = vec4f(); var c2_8 = vec4f();
  var c3_8 = vec4f(); var c0_9 = vec4f(); var c1_9 = vec4f(); var c2_9 = vec4f(); var c3_9 = vec4f();
  var c0_10 = vec4f(); var c1_10 = vec4f(); var c2_10 = vec4f(); var c3_10 = vec4f(); var c0_11 = vec4f();
  var c1_11 = vec4f(); var c2_11 = vec4f(); var c3_11 = vec4f(); var c0_12 = vec4f(); var c1_12 = vec4f();
  var c2_12 = vec4f(); var c3_12 = vec4f(); var c0_13 = vec4f(); var c1_13 = vec4f(); var c2_13 = vec4f();
  var c3_13 = vec4f(); var c0_14 = vec4f(); var c1_14 = vec4f(); var c2_14 = vec4f(); var c3_14 = vec4f();
  var c0_15 = vec4f(); var c1_15 = vec4f(); var c2_15 = vec4f(); var c3_15 = vec4f();
  // Kept in registers: a uniform read inside the loop is a checked load each time.
  let ldb = params.ldb;
  let depth = params.depth;
  let base = start(group.z, params.stride_b, params.far_b);
  let deepest = depth - 1;
  for (var k = 0u; k < depth; k += 4) {
    let k4 = k / 4;
    let a0 = mat4x4f(A[r0 + k4], A[r1 + k4], A[r2 + k4], A[r3 + k4]);
    let a1 = mat4x4f(A[r4 + k4], A[r5 + k4], A[r6 + k4], A[r7 + k4]);
    let a2 = mat4x4f(A[r8 + k4], A[r9 + k4], A[r10 + k4], A[r11 + k4]);
    let a3 = mat4x4f(A[r12 + k4], A[r13 + k4], A[r14 + k4], A[r15 + k4]);
    let k0 = base + k * ldb;
    let k1 = base + min(k + 1, deepest) * ldb; let k2 = base + min(k + 2, deepest) * ldb;
    let k3 = base + min(k + 3, deepest) * ldb;
    let b0 = vec4f(B[k0 + o0], B[k1 + o0], B[k2 + o0], B[k3 + o0]);
    let b1 = vec4f(B[k0 + o1], B[k1 + o1], B[k2 + o1], B[k3 + o1]);
    let b2 = vec4f(B[k0 + o2], B[k1 + o2], B[k2 + o2], B[k3 + o2]);
    let b3 = vec4f(B[k0 + o3], B[k1 + o3], B[k2 + o3], B[k3 + o3]);
    let b4 = vec4f(B[k0 + o4], B[k1 + o4], B[k2 + o4], B[k3 + o4]);
    let b5 = vec4f(B[k0 + o5], B[k1 + o5], B[k2 + o5], B[k3 + o5]);
    let b6 = vec4f(B[k0 + o6], B[k1 + o6], B[k2 + o6], B[k3 + o6]);
    let b7 = vec4f(B[k0 + o7], B[k1 + o7], B[k2 + o7], B[k3 + o7]);
    let b8 = vec4f(B[k0 + o8], B[k1 + o8], B[k2 + o8], B[k3 + o8]);
    let b9 = vec4f(B[k0 + o9], B[k1 + o9], B[k2 + o9], B[k3 + o9]);
    let b10 = vec4f(B[k0 + o10], B[k1 + o10], B[k2 + o10], B[k3 + o10]);
    let b11 = vec4f(B[k0 + o11], B[k1 + o11], B[k2 + o11], B[k3 + o11]);
    let b12 = vec4f(B[k0 + o12], B[k1 + o12], B[k2 + o12], B[k3 + o12]);
    let b13 = vec4f(B[k0 + o13], B[k1 + o13], B[k2 + o13], B[k3 + o13]);
    let b14 = vec4f(B[k0 + o14], B[k1 + o14], B[k2 + o14], B[k3 + o14]);
    let b15 = vec4f(B[k0 + o15], B[k1 + o15], B[k2 + o15], B[k3 + o15]);
    c0_0 += b0 * a0; c1_0 += b0 * a1; c2_0 += b0 * a2; c3_0 += b0 * a3; c0_1 += b1 * a0; c1_1 += b1 * a1;
    c2_1 += b1 * a2; c3_1 += b1 * a3; c0_2 += b2 * a0; c1_2 += b2 * a1; c2_2 += b2 * a2; c3_2 += b2 * a3;
    c0_3 += b3 * a0; c1_3 += b3 * a1; c2_3 += b3 * a2; c3_3 += b3 * a3; c0_4 += b4 * a0; c1_4 += b4 * a1;
    c2_4 += b4 * a2; c3_4 += b4 * a3; c0_5 += b5 * a0; c1_5 += b5 * a1; c2_5 += b5 * a2; c3_5 += b5 * a3;
    c0_6 += b6 * a0; c1_6 += b6 * a1; c2_6 += b6 * a2; c3_6 += b6 * a3; c0_7 += b7 * a0; c1_7 += b7 * a1;
    c2_7 += b7 * a2; c3_7 += b7 * a3; c0_8 += b8 * a0; c1_8 += b8 * a1; c2_8 += b8 * a2; c3_8 += b8 * a3;
    c0_9 += b9 * a0; c1_9 += b9 * a1; c2_9 += b9 * a2; c3_9 += b9 * a3; c0_10 += b10 * a0; c1_10 += b10 * a1;
    c2_10 += b10 * a2; c3_10 += b10 * a3; c0_11 += b11 * a0; c1_11 += b11 * a1; c2_11 += b11 * a2; c3_11 += b11 * a3;
    c0_12 += b12 * a0; c1_12 += b12 * a1; c2_12 += b12 * a2; c3_12 += b12 * a3; c0_13 += b13 * a0; c1_13 += b13 * a1;
    c2_13 += b13 * a2; c3_13 += b13 * a3; c0_14 += b14 * a0; c1_14 += b14 * a1; c2_14 += b14 * a2; c3_14 += b14 * a3;
    c0_15 += b15 * a0; c1_15 += b15 * a1; c2_15 += b15 * a2; c3_15 += b15 * a3;
  }
  var sums = array(
    c0_0, c1_0, c2_0, c3_0, c0_1, c1_1, c2_1, c3_1, c0_2, c1_2, c2_2, c3_2, c0_3, c1_3, c2_3, c3_3, c0_4, c1_4, c2_4,
    c3_4, c0_5, c1_5, c2_5, c3_5, c0_6, c1_6, c2_6, c3_6, c0_7, c1_7, c2_7, c3_7, c0_8, c1_8, c2_8, c3_8, c0_9, c1_9,
    c2_9, c3_9, c0_10, c1_10, c2_10, c3_10, c0_11, c1_11, c2_11, c3_11, c0_12, c1_12, c2_12, c3_12, c0_13, c1_13, c2_13,
    c3_13, c0_14, c1_14, c2_14, c3_14, c0_15, c1_15, c2_15, c3_15,
  );
  for (var j = 0u; j < 16; j++) {
    for (var i = 0u; i < 4; i++) {
      put(group.z, row + 4 * i, col + j * LANES, sums[4 * j + i], false);
    }
  }
}

@compute @workgroup_size(LANES, STRIPS)
fn tn(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let row = params.row0 + (group.y * STRIPS + local.y) * 16;
  if (row >= params.rows) { return; }
  let block = row / TILE_COLUMNS;
  if (params.symmetric == 1 && group.x < block) { return; }
  let mirror = params.symmetric == 1 && group.x > block;
  let lda = params.lda / 4;
  let last = lda - 1;
  let r0 = min(row / 4 + 0, last); let r1 = min(row / 4 + 1, last); let r2 = min(row / 4 + 2, last);
  let r3 = min(row / 4 + 3, last);
  let col = group.x * TILE_COLUMNS + local.x;
  // Rows and columns behind the edge read the last one and are not written.
  let o0 = min(col + 0 * LANES, params.cols - 1); let o1 = min(col + 1 * LANES, params.cols - 1);
  let o2 = min(col + 2 * LANES, params.cols - 1); let o3 = min(col + 3 * LANES, params.cols - 1);
  let o4 = min(col + 4 * LANES, params.cols - 1); let o5 = min(col + 5 * LANES, params.cols - 1);
  let o6 = min(col + 6 * LANES, params.cols - 1); let o7 = min(col + 7 * LANES, params.cols - 1);
  let o8 = min(col + 8 * LANES, params.cols - 1); let o9 = min(col + 9 * LANES, params.cols - 1);
  let o10 = min(col + 10 * LANES, params.cols - 1); let o11 = min(col + 11 * LANES, params.cols - 1);
  let o12 = min(col + 12 * LANES, params.cols - 1); let o13 = min(col + 13 * LANES, params.cols - 1);
  let o14 = min(col + 14 * LANES, params.cols - 1); let o15 = min(col + 15 * LANES, params.cols - 1);
  var c0_0 = vec4f(); var c1_0 = vec4f(); var c2_0 = vec4f(); var c3_0 = vec4f(); var c0_1 = vec4f();
  var c1_1 = vec4f(); var c2_1 = vec4f(); var c3_1 = vec4f(); var c0_2 = vec4f(); var c1_2 = vec4f();
  var c2_2 = vec4f(); var c3_2 = vec4f(); var c0_3 = vec4f(); var c1_3 = vec4f(); var c2_3 = vec4f();
  var c3_3 = vec4f(); var c0_4 = vec4f(); var c1_4 = vec4f(); var c2_4 = vec4f(); var c3_4 = vec4f();
  var c0_5 = vec4f(); var c1_5 = vec4f(); var c2_5 = vec4f(); var c3_5 = vec4f(); var c0_6 = vec4f();
  var c1_6 = vec4f(); var c2_6 = vec4f(); var c3_6 = vec4f(); var c0_7 = vec4f(); var c1_7 = vec4f();
  var c2_7 = vec4f(); var c3_7 = vec4f(); var c0_8 = vec4f(); var c1_8 = vec4f(); var c2_8 = vec4f();
  var c3_8 = vec4f(); var c0_9 = vec4f(); var c1_9 = vec4f(); var c2_9 = vec4f(); var c3_9 = vec4f();
  var c0_10 = vec4f(); var c1_10 = vec4f(); var c2_10 = vec4f(); var c3_10 = vec4f(); var c0_11 = vec4f();
  var c1_11 = vec4f(); var c2_11 = vec4f(); var c3_11 = vec4f(); var c0_12 = vec4f(); var c1_12 = vec4f();
  var c2_12 = vec4f(); var c3_12 = vec4f(); var c0_13 = vec4f(); var c1_13 = vec4f(); var c2_13 = vec4f();
  var c3_13 = vec4f(); var c0_14 = vec4f(); var c1_14 = vec4f(); var c2_14 = vec4f(); var c3_14 = vec4f();
  var c0_15 = vec4f(); var c1_15 = vec4f(); var c2_15 = vec4f(); var c3_15 = vec4f();
  // Kept in registers: a uniform read inside the loop is a checked load each time.
  let ldb = params.ldb;
  let depth = params.depth;
  var a = start(group.z, params.stride_a, params.far_a) / 4;
  var b = start(group.z, params.stride_b, params.far_b);
  let whole = depth / 4 * 4;
  for (var k = 0u; k < whole; k += 4) {
    let a1 = a + lda; let a2 = a1 + lda; let a3 = a2 + lda;
    let m0 = mat4x4f(A[a + r0], A[a1 + r0], A[a2 + r0], A[a3 + r0]);
    let m1 = mat4x4f(A[a + r1], A[a1 + r1], A[a2 + r1], A[a3 + r1]);
    let m2 = mat4x4f(A[a + r2], A[a1 + r2], A[a2 + r2], A[a3 + r2]);
    let m3 = mat4x4f(A[a + r3], A[a1 + r3], A[a2 + r3], A[a3 + r3]);
    let q1 = b + ldb; let q2 = q1 + ldb; let q3 = q2 + ldb;
    let b0 = vec4f(B[b + o0], B[q1 + o0], B[q2 + o0], B[q3 + o0]);
    let b1 = vec4f(B[b + o1], B[q1 + o1], B[q2 + o1], B[q3 + o1]);
    let b2 = vec4f(B[b + o2], B[q1 + o2], B[q2 + o2], B[q3 + o2]);
    let b3 = vec4f(B[b + o3], B[q1 + o3], B[q2 + o3], B[q3 + o3]);
    let b4 = vec4f(B[b + o4], B[q1 + o4], B[q2 + o4], B[q3 + o4]);
    let b5 = vec4f(B[b + o5], B[q1 + o5], B[q2 + o5], B[q3 + o5]);
    let b6 = vec4f(B[b + o6], B[q1 + o6], B[q2 + o6], B[q3 + o6]);
    let b7 = vec4f(B[b + o7], B[q1 + o7], B[q2 + o7], B[q3 + o7]);
    let b8 = vec4f(B[b + o8], B[q1 + o8], B[q2 + o8], B[q3 + o8]);
    let b9 = vec4f(B[b + o9], B[q1 + o9], B[q2 + o9], B[q3 + o9]);
    let b10 = vec4f(B[b + o10], B[q1 + o10], B[q2 + o10], B[q3 + o10]);
    let b11 = vec4f(B[b + o11], B[q1 + o11], B[q2 + o11], B[q3 + o11]);
    let b12 = vec4f(B[b + o12], B[q1 + o12], B[q2 + o12], B[q3 + o12]);
    let b13 = vec4f(B[b + o13], B[q1 + o13], B[q2 + o13], B[q3 + o13]);
    let b14 = vec4f(B[b + o14], B[q1 + o14], B[q2 + o14], B[q3 + o14]);
    let b15 = vec4f(B[b + o15], B[q1 + o15], B[q2 + o15], B[q3 + o15]);
    c0_0 += m0 * b0; c1_0 += m1 * b0; c2_0 += m2 * b0; c3_0 += m3 * b0; c0_1 += m0 * b1; c1_1 += m1 * b1;
    c2_1 += m2 * b1; c3_1 += m3 * b1; c0_2 += m0 * b2; c1_2 += m1 * b2; c2_2 += m2 * b2; c3_2 += m3 * b2;
    c0_3 += m0 * b3; c1_3 += m1 * b3; c2_3 += m2 * b3; c3_3 += m3 * b3; c0_4 += m0 * b4; c1_4 += m1 * b4;
    c2_4 += m2 * b4; c3_4 += m3 * b4; c0_5 += m0 * b5; c1_5 += m1 * b5; c2_5 += m2 * b5; c3_5 += m3 * b5;
    c0_6 += m0 * b6; c1_6 += m1 * b6; c2_6 += m2 * b6; c3_6 += m3 * b6; c0_7 += m0 * b7; c1_7 += m1 * b7;
    c2_7 += m2 * b7; c3_7 += m3 * b7; c0_8 += m0 * b8; c1_8 += m1 * b8; c2_8 += m2 * b8; c3_8 += m3 * b8;
    c0_9 += m0 * b9; c1_9 += m1 * b9; c2_9 += m2 * b9; c3_9 += m3 * b9; c0_10 += m0 * b10; c1_10 += m1 * b10;
    c2_10 += m2 * b10; c3_10 += m3 * b10; c0_11 += m0 * b11; c1_11 += m1 * b11; c2_11 += m2 * b11; c3_11 += m3 * b11;
    c0_12 += m0 * b12; c1_12 += m1 * b12; c2_12 += m2 * b12; c3_12 += m3 * b12; c0_13 += m0 * b13; c1_13 += m1 * b13;
    c2_13 += m2 * b13; c3_13 += m3 * b13; c0_14 += m0 * b14; c1_14 += m1 * b14; c2_14 += m2 * b14; c3_14 += m3 * b14;
    c0_15 += m0 * b15; c1_15 += m1 * b15; c2_15 += m2 * b15; c3_15 += m3 * b15;
    a = a3 + lda;
    b = q3 + ldb;
  }
  for (var k = whole; k < depth; k++) {
    let m0 = A[a + r0]; let m1 = A[a + r1]; let m2 = A[a + r2]; let m3 = A[a + r3];
    let b0 = B[b + o0]; let b1 = B[b + o1]; let b2 = B[b + o2]; let b3 = B[b + o3]; let b4 = B[b + o4];
    let b5 = B[b + o5]; let b6 = B[b + o6]; let b7 = B[b + o7]; let b8 = B[b + o8]; let b9 = B[b + o9];
    let b10 = B[b + o10]; let b11 = B[b + o11]; let b12 = B[b + o12]; let b13 = B[b + o13]; let b14 = B[b + o14];
    let b15 = B[b + o15];
    c0_0 += m0 * b0; c1_0 += m1 * b0; c2_0 += m2 * b0; c3_0 += m3 * b0; c0_1 += m0 * b1; c1_1 += m1 * b1;
    c2_1 += m2 * b1; c3_1 += m3 * b1; c0_2 += m0 * b2; c1_2 += m1 * b2; c2_2 += m2 * b2; c3_2 += m3 * b2;
    c0_3 += m0 * b3; c1_3 += m1 * b3; c2_3 += m2 * b3; c3_3 += m3 * b3; c0_4 += m0 * b4; c1_4 += m1 * b4;
    c2_4 += m2 * b4; c3_4 += m3 * b4; c0_5 += m0 * b5; c1_5 += m1 * b5; c2_5 += m2 * b5; c3_5 += m3 * b5;
    c0_6 += m0 * b6; c1_6 += m1 * b6; c2_6 += m2 * b6; c3_6 += m3 * b6; c0_7 += m0 * b7; c1_7 += m1 * b7;
    c2_7 += m2 * b7; c3_7 += m3 * b7; c0_8 += m0 * b8; c1_8 += m1 * b8; c2_8 += m2 * b8; c3_8 += m3 * b8;
    c0_9 += m0 * b9; c1_9 += m1 * b9; c2_9 += m2 * b9; c3_9 += m3 * b9; c0_10 += m0 * b10; c1_10 += m1 * b10;
    c2_10 += m2 * b10; c3_10 += m3 * b10; c0_11 += m0 * b11; c1_11 += m1 * b11; c2_11 += m2 * b11; c3_11 += m3 * b11;
    c0_12 += m0 * b12; c1_12 += m1 * b12; c2_12 += m2 * b12; c3_12 += m3 * b12; c0_13 += m0 * b13; c1_13 += m1 * b13;
    c2_13 += m2 * b13; c3_13 += m3 * b13; c0_14 += m0 * b14; c1_14 += m1 * b14; c2_14 += m2 * b14; c3_14 += m3 * b14;
    c0_15 += m0 * b15; c1_15 += m1 * b15; c2_15 += m2 * b15; c3_15 += m3 * b15;
    a += lda;
    b += ldb;
  }
  var sums = array(
    c0_0, c1_0, c2_0, c3_0, c0_1, c1_1, c2_1, c3_1, c0_2, c1_2, c2_2, c3_2, c0_3, c1_3, c2_3, c3_3, c0_4, c1_4, c2_4,
    c3_4, c0_5, c1_5, c2_5, c3_5, c0_6, c1_6, c2_6, c3_6, c0_7, c1_7, c2_7, c3_7, c0_8, c1_8, c2_8, c3_8, c0_9, c1_9,
    c2_9, c3_9, c0_10, c1_10, c2_10, c3_10, c0_11, c1_11, c2_11, c3_11, c0_12, c1_12, c2_12, c3_12, c0_13, c1_13, c2_13,
    c3_13, c0_14, c1_14, c2_14, c3_14, c0_15, c1_15, c2_15, c3_15,
  );
  for (var j = 0u; j < 16; j++) {
    for (var i = 0u; i < 4; i++) {
      put(group.z, row + 4 * i, col + j * LANES, sums[4 * j + i], mirror);
    }
  }
}
