// Matrix product with the left side transposed:  C[m, n] = Σ_k A[k, m] B[k, n]
// The similarity of tokens (A = B = zᵀ), the query half of its backward (dz = Gᵀ · z), and a linear layer's weight gradient.
//
//   A  [batch, depth, lda]   lda a multiple of 4; the rows from depth to the next multiple of 4 are zero
//   B  [batch, depth, ldb]   the rows from depth to the next multiple of 4 are finite
//   C  [batch, rows, ldc]    =
//
// The register tile is matmul_wide.wgsl's. With SYMMETRIC (A and B the same matrix, rows = cols) the blocks of LANES · 16 columns below
// the diagonal are not computed but mirrored from above it: half the work, and C is symmetric to the last bit.

override LANES: u32 = 4;
override STRIPS: u32 = 8;
override SYMMETRIC: bool = false;

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
  row0: u32,
}

@group(0) @binding(0) var<storage, read> A: array<vec4f>;
@group(0) @binding(1) var<storage, read> B: array<f32>;
@group(0) @binding(2) var<storage, read_write> C: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

fn put(base: u32, row: u32, col: u32, sums: vec4f, mirror: bool) {
  if (col >= params.cols) { return; }
  let ldc = params.ldc;
  let at = base + row * ldc + col;
  let over = base + col * ldc + row;
  if (row < params.rows) { C[at] = sums.x; if (mirror) { C[over] = sums.x; } }
  if (row + 1 < params.rows) { C[at + ldc] = sums.y; if (mirror) { C[over + 1] = sums.y; } }
  if (row + 2 < params.rows) { C[at + 2 * ldc] = sums.z; if (mirror) { C[over + 2] = sums.z; } }
  if (row + 3 < params.rows) { C[at + 3 * ldc] = sums.w; if (mirror) { C[over + 3] = sums.w; } }
}

@compute @workgroup_size(LANES, STRIPS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let row = params.row0 + (group.y * STRIPS + local.y) * 16;
  if (row >= params.rows) { return; }
  let block = row / (LANES * 16);
  if (SYMMETRIC && group.x < block) { return; }
  let mirror = SYMMETRIC && group.x > block;
  let col = group.x * LANES * 16 + local.x;
  let base = group.z * params.stride_c;

  // Rows and columns behind the edge read the last one and are not written.
  let lda = params.lda / 4;
  let last = lda - 1;
  let r0 = min(row / 4 + 0, last); let r1 = min(row / 4 + 1, last); let r2 = min(row / 4 + 2, last); let r3 = min(row / 4 + 3, last);
  let o0 = min(col + 0 * LANES, params.cols - 1);
  let o1 = min(col + 1 * LANES, params.cols - 1);
  let o2 = min(col + 2 * LANES, params.cols - 1);
  let o3 = min(col + 3 * LANES, params.cols - 1);
  let o4 = min(col + 4 * LANES, params.cols - 1);
  let o5 = min(col + 5 * LANES, params.cols - 1);
  let o6 = min(col + 6 * LANES, params.cols - 1);
  let o7 = min(col + 7 * LANES, params.cols - 1);
  let o8 = min(col + 8 * LANES, params.cols - 1);
  let o9 = min(col + 9 * LANES, params.cols - 1);
  let o10 = min(col + 10 * LANES, params.cols - 1);
  let o11 = min(col + 11 * LANES, params.cols - 1);
  let o12 = min(col + 12 * LANES, params.cols - 1);
  let o13 = min(col + 13 * LANES, params.cols - 1);
  let o14 = min(col + 14 * LANES, params.cols - 1);
  let o15 = min(col + 15 * LANES, params.cols - 1);
  var c0_0 = vec4f(); var c0_1 = vec4f(); var c0_2 = vec4f(); var c0_3 = vec4f();
  var c0_4 = vec4f(); var c0_5 = vec4f(); var c0_6 = vec4f(); var c0_7 = vec4f();
  var c0_8 = vec4f(); var c0_9 = vec4f(); var c0_10 = vec4f(); var c0_11 = vec4f();
  var c0_12 = vec4f(); var c0_13 = vec4f(); var c0_14 = vec4f(); var c0_15 = vec4f();
  var c1_0 = vec4f(); var c1_1 = vec4f(); var c1_2 = vec4f(); var c1_3 = vec4f();
  var c1_4 = vec4f(); var c1_5 = vec4f(); var c1_6 = vec4f(); var c1_7 = vec4f();
  var c1_8 = vec4f(); var c1_9 = vec4f(); var c1_10 = vec4f(); var c1_11 = vec4f();
  var c1_12 = vec4f(); var c1_13 = vec4f(); var c1_14 = vec4f(); var c1_15 = vec4f();
  var c2_0 = vec4f(); var c2_1 = vec4f(); var c2_2 = vec4f(); var c2_3 = vec4f();
  var c2_4 = vec4f(); var c2_5 = vec4f(); var c2_6 = vec4f(); var c2_7 = vec4f();
  var c2_8 = vec4f(); var c2_9 = vec4f(); var c2_10 = vec4f(); var c2_11 = vec4f();
  var c2_12 = vec4f(); var c2_13 = vec4f(); var c2_14 = vec4f(); var c2_15 = vec4f();
  var c3_0 = vec4f(); var c3_1 = vec4f(); var c3_2 = vec4f(); var c3_3 = vec4f();
  var c3_4 = vec4f(); var c3_5 = vec4f(); var c3_6 = vec4f(); var c3_7 = vec4f();
  var c3_8 = vec4f(); var c3_9 = vec4f(); var c3_10 = vec4f(); var c3_11 = vec4f();
  var c3_12 = vec4f(); var c3_13 = vec4f(); var c3_14 = vec4f(); var c3_15 = vec4f();

  // Kept in registers: a uniform read inside the loop is a checked load each time.
  let ldb = params.ldb;
  let depth = params.depth;
  var a = group.z * params.stride_a / 4;
  var b = group.z * params.stride_b;
  for (var k = 0u; k < depth; k += 4) {
    let a1 = a + lda;
    let a2 = a1 + lda;
    let a3 = a2 + lda;
    let m0 = mat4x4f(A[a + r0], A[a1 + r0], A[a2 + r0], A[a3 + r0]);
    let m1 = mat4x4f(A[a + r1], A[a1 + r1], A[a2 + r1], A[a3 + r1]);
    let m2 = mat4x4f(A[a + r2], A[a1 + r2], A[a2 + r2], A[a3 + r2]);
    let m3 = mat4x4f(A[a + r3], A[a1 + r3], A[a2 + r3], A[a3 + r3]);
    let q1 = b + ldb;
    let q2 = q1 + ldb;
    let q3 = q2 + ldb;
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
    c0_0 += m0 * b0; c1_0 += m1 * b0; c2_0 += m2 * b0; c3_0 += m3 * b0;
    c0_1 += m0 * b1; c1_1 += m1 * b1; c2_1 += m2 * b1; c3_1 += m3 * b1;
    c0_2 += m0 * b2; c1_2 += m1 * b2; c2_2 += m2 * b2; c3_2 += m3 * b2;
    c0_3 += m0 * b3; c1_3 += m1 * b3; c2_3 += m2 * b3; c3_3 += m3 * b3;
    c0_4 += m0 * b4; c1_4 += m1 * b4; c2_4 += m2 * b4; c3_4 += m3 * b4;
    c0_5 += m0 * b5; c1_5 += m1 * b5; c2_5 += m2 * b5; c3_5 += m3 * b5;
    c0_6 += m0 * b6; c1_6 += m1 * b6; c2_6 += m2 * b6; c3_6 += m3 * b6;
    c0_7 += m0 * b7; c1_7 += m1 * b7; c2_7 += m2 * b7; c3_7 += m3 * b7;
    c0_8 += m0 * b8; c1_8 += m1 * b8; c2_8 += m2 * b8; c3_8 += m3 * b8;
    c0_9 += m0 * b9; c1_9 += m1 * b9; c2_9 += m2 * b9; c3_9 += m3 * b9;
    c0_10 += m0 * b10; c1_10 += m1 * b10; c2_10 += m2 * b10; c3_10 += m3 * b10;
    c0_11 += m0 * b11; c1_11 += m1 * b11; c2_11 += m2 * b11; c3_11 += m3 * b11;
    c0_12 += m0 * b12; c1_12 += m1 * b12; c2_12 += m2 * b12; c3_12 += m3 * b12;
    c0_13 += m0 * b13; c1_13 += m1 * b13; c2_13 += m2 * b13; c3_13 += m3 * b13;
    c0_14 += m0 * b14; c1_14 += m1 * b14; c2_14 += m2 * b14; c3_14 += m3 * b14;
    c0_15 += m0 * b15; c1_15 += m1 * b15; c2_15 += m2 * b15; c3_15 += m3 * b15;
    a = a3 + lda;
    b = q3 + ldb;
  }

  put(base, row + 0, col + 0 * LANES, c0_0, mirror); put(base, row + 4, col + 0 * LANES, c1_0, mirror);
  put(base, row + 8, col + 0 * LANES, c2_0, mirror); put(base, row + 12, col + 0 * LANES, c3_0, mirror);
  put(base, row + 0, col + 1 * LANES, c0_1, mirror); put(base, row + 4, col + 1 * LANES, c1_1, mirror);
  put(base, row + 8, col + 1 * LANES, c2_1, mirror); put(base, row + 12, col + 1 * LANES, c3_1, mirror);
  put(base, row + 0, col + 2 * LANES, c0_2, mirror); put(base, row + 4, col + 2 * LANES, c1_2, mirror);
  put(base, row + 8, col + 2 * LANES, c2_2, mirror); put(base, row + 12, col + 2 * LANES, c3_2, mirror);
  put(base, row + 0, col + 3 * LANES, c0_3, mirror); put(base, row + 4, col + 3 * LANES, c1_3, mirror);
  put(base, row + 8, col + 3 * LANES, c2_3, mirror); put(base, row + 12, col + 3 * LANES, c3_3, mirror);
  put(base, row + 0, col + 4 * LANES, c0_4, mirror); put(base, row + 4, col + 4 * LANES, c1_4, mirror);
  put(base, row + 8, col + 4 * LANES, c2_4, mirror); put(base, row + 12, col + 4 * LANES, c3_4, mirror);
  put(base, row + 0, col + 5 * LANES, c0_5, mirror); put(base, row + 4, col + 5 * LANES, c1_5, mirror);
  put(base, row + 8, col + 5 * LANES, c2_5, mirror); put(base, row + 12, col + 5 * LANES, c3_5, mirror);
  put(base, row + 0, col + 6 * LANES, c0_6, mirror); put(base, row + 4, col + 6 * LANES, c1_6, mirror);
  put(base, row + 8, col + 6 * LANES, c2_6, mirror); put(base, row + 12, col + 6 * LANES, c3_6, mirror);
  put(base, row + 0, col + 7 * LANES, c0_7, mirror); put(base, row + 4, col + 7 * LANES, c1_7, mirror);
  put(base, row + 8, col + 7 * LANES, c2_7, mirror); put(base, row + 12, col + 7 * LANES, c3_7, mirror);
  put(base, row + 0, col + 8 * LANES, c0_8, mirror); put(base, row + 4, col + 8 * LANES, c1_8, mirror);
  put(base, row + 8, col + 8 * LANES, c2_8, mirror); put(base, row + 12, col + 8 * LANES, c3_8, mirror);
  put(base, row + 0, col + 9 * LANES, c0_9, mirror); put(base, row + 4, col + 9 * LANES, c1_9, mirror);
  put(base, row + 8, col + 9 * LANES, c2_9, mirror); put(base, row + 12, col + 9 * LANES, c3_9, mirror);
  put(base, row + 0, col + 10 * LANES, c0_10, mirror); put(base, row + 4, col + 10 * LANES, c1_10, mirror);
  put(base, row + 8, col + 10 * LANES, c2_10, mirror); put(base, row + 12, col + 10 * LANES, c3_10, mirror);
  put(base, row + 0, col + 11 * LANES, c0_11, mirror); put(base, row + 4, col + 11 * LANES, c1_11, mirror);
  put(base, row + 8, col + 11 * LANES, c2_11, mirror); put(base, row + 12, col + 11 * LANES, c3_11, mirror);
  put(base, row + 0, col + 12 * LANES, c0_12, mirror); put(base, row + 4, col + 12 * LANES, c1_12, mirror);
  put(base, row + 8, col + 12 * LANES, c2_12, mirror); put(base, row + 12, col + 12 * LANES, c3_12, mirror);
  put(base, row + 0, col + 13 * LANES, c0_13, mirror); put(base, row + 4, col + 13 * LANES, c1_13, mirror);
  put(base, row + 8, col + 13 * LANES, c2_13, mirror); put(base, row + 12, col + 13 * LANES, c3_13, mirror);
  put(base, row + 0, col + 14 * LANES, c0_14, mirror); put(base, row + 4, col + 14 * LANES, c1_14, mirror);
  put(base, row + 8, col + 14 * LANES, c2_14, mirror); put(base, row + 12, col + 14 * LANES, c3_14, mirror);
  put(base, row + 0, col + 15 * LANES, c0_15, mirror); put(base, row + 4, col + 15 * LANES, c1_15, mirror);
  put(base, row + 8, col + 15 * LANES, c2_15, mirror); put(base, row + 12, col + 15 * LANES, c3_15, mirror);
}
