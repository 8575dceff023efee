// Matrix product with the left side transposed:  C[m, n] = Σ_k A[k, m] B[k, n]
// The similarity of tokens (A = B = zᵀ), the query half of its backward (dz = Gᵀ · z), and a linear layer's weight gradient.
//
//   A  [batch, depth, lda]   lda a multiple of 4; the rows from depth to the next multiple of 4 are zero
//   B  [batch, depth, ldb]   the rows from depth to the next multiple of 4 are finite
//   C  [batch, rows, ldc]    =
//
// The register tile is matmul.wgsl's. With SYMMETRIC (A and B the same matrix, rows = cols) the blocks of LANES · 8 columns below
// the diagonal are not computed but mirrored from above it: half the work, and C is symmetric to the last bit.

override LANES: u32 = 8;
override STRIPS: u32 = 4;
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
  let block = row / (LANES * 8);
  if (SYMMETRIC && group.x < block) { return; }
  let mirror = SYMMETRIC && group.x > block;
  let col = group.x * LANES * 8 + local.x;
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
  var c00 = vec4f(); var c01 = vec4f(); var c02 = vec4f(); var c03 = vec4f();
  var c04 = vec4f(); var c05 = vec4f(); var c06 = vec4f(); var c07 = vec4f();
  var c10 = vec4f(); var c11 = vec4f(); var c12 = vec4f(); var c13 = vec4f();
  var c14 = vec4f(); var c15 = vec4f(); var c16 = vec4f(); var c17 = vec4f();
  var c20 = vec4f(); var c21 = vec4f(); var c22 = vec4f(); var c23 = vec4f();
  var c24 = vec4f(); var c25 = vec4f(); var c26 = vec4f(); var c27 = vec4f();
  var c30 = vec4f(); var c31 = vec4f(); var c32 = vec4f(); var c33 = vec4f();
  var c34 = vec4f(); var c35 = vec4f(); var c36 = vec4f(); var c37 = vec4f();

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
    c00 += m0 * b0; c10 += m1 * b0; c20 += m2 * b0; c30 += m3 * b0;
    c01 += m0 * b1; c11 += m1 * b1; c21 += m2 * b1; c31 += m3 * b1;
    c02 += m0 * b2; c12 += m1 * b2; c22 += m2 * b2; c32 += m3 * b2;
    c03 += m0 * b3; c13 += m1 * b3; c23 += m2 * b3; c33 += m3 * b3;
    c04 += m0 * b4; c14 += m1 * b4; c24 += m2 * b4; c34 += m3 * b4;
    c05 += m0 * b5; c15 += m1 * b5; c25 += m2 * b5; c35 += m3 * b5;
    c06 += m0 * b6; c16 += m1 * b6; c26 += m2 * b6; c36 += m3 * b6;
    c07 += m0 * b7; c17 += m1 * b7; c27 += m2 * b7; c37 += m3 * b7;
    a = a3 + lda;
    b = q3 + ldb;
  }

  put(base, row + 0, col + 0 * LANES, c00, mirror); put(base, row + 4, col + 0 * LANES, c10, mirror);
  put(base, row + 8, col + 0 * LANES, c20, mirror); put(base, row + 12, col + 0 * LANES, c30, mirror);
  put(base, row + 0, col + 1 * LANES, c01, mirror); put(base, row + 4, col + 1 * LANES, c11, mirror);
  put(base, row + 8, col + 1 * LANES, c21, mirror); put(base, row + 12, col + 1 * LANES, c31, mirror);
  put(base, row + 0, col + 2 * LANES, c02, mirror); put(base, row + 4, col + 2 * LANES, c12, mirror);
  put(base, row + 8, col + 2 * LANES, c22, mirror); put(base, row + 12, col + 2 * LANES, c32, mirror);
  put(base, row + 0, col + 3 * LANES, c03, mirror); put(base, row + 4, col + 3 * LANES, c13, mirror);
  put(base, row + 8, col + 3 * LANES, c23, mirror); put(base, row + 12, col + 3 * LANES, c33, mirror);
  put(base, row + 0, col + 4 * LANES, c04, mirror); put(base, row + 4, col + 4 * LANES, c14, mirror);
  put(base, row + 8, col + 4 * LANES, c24, mirror); put(base, row + 12, col + 4 * LANES, c34, mirror);
  put(base, row + 0, col + 5 * LANES, c05, mirror); put(base, row + 4, col + 5 * LANES, c15, mirror);
  put(base, row + 8, col + 5 * LANES, c25, mirror); put(base, row + 12, col + 5 * LANES, c35, mirror);
  put(base, row + 0, col + 6 * LANES, c06, mirror); put(base, row + 4, col + 6 * LANES, c16, mirror);
  put(base, row + 8, col + 6 * LANES, c26, mirror); put(base, row + 12, col + 6 * LANES, c36, mirror);
  put(base, row + 0, col + 7 * LANES, c07, mirror); put(base, row + 4, col + 7 * LANES, c17, mirror);
  put(base, row + 8, col + 7 * LANES, c27, mirror); put(base, row + 12, col + 7 * LANES, c37, mirror);
}
