// Matrix product:  C[m, n] (+)= Σ_k A[m, k] B[k, n]
// Forward of a linear layer, and the key half of the similarity's backward (dz = G · z_queries).
//
//   A  [batch, rows, lda]    lda a multiple of 4, the columns from depth to the next multiple of 4 are zero
//   B  [batch, depth, ldb]
//   C  [batch, rows, ldc]    = or += (accumulate 1)
//
// One thread makes 16 rows by 8 columns in registers; a workgroup is LANES threads across and STRIPS down. The columns of a
// thread lie LANES apart, so that neighbouring threads read neighbouring floats of B, while all of them read the same A:
// the two patterns that a GPU coalesces and that SwiftShader turns into one load (any other is four loads and a shuffle).
// Four k at a time, so that a register is touched once per four multiplications. On SwiftShader this tile is 2.4 times as
// fast as 8 × 4 and workgroup memory gains nothing; not yet measured on a real GPU. `row0` cuts long products into dispatches.

override LANES: u32 = 8;
override STRIPS: u32 = 4;

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
  accumulate: u32,
}

@group(0) @binding(0) var<storage, read> A: array<vec4f>;
@group(0) @binding(1) var<storage, read> B: array<f32>;
@group(0) @binding(2) var<storage, read_write> C: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

fn put(base: u32, row: u32, col: u32, sums: vec4f) {
  if (col >= params.cols) { return; }
  let ldc = params.ldc;
  let at = base + row * ldc + col;
  var v = sums;
  if (params.accumulate == 1) {
    // Behind the edge the read is clamped or foreign, and not written back.
    v += vec4f(C[at], C[at + ldc], C[at + 2 * ldc], C[at + 3 * ldc]);
  }
  if (row < params.rows) { C[at] = v.x; }
  if (row + 1 < params.rows) { C[at + ldc] = v.y; }
  if (row + 2 < params.rows) { C[at + 2 * ldc] = v.z; }
  if (row + 3 < params.rows) { C[at + 3 * ldc] = v.w; }
}

@compute @workgroup_size(LANES, STRIPS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let row = params.row0 + (group.y * STRIPS + local.y) * 16;
  if (row >= params.rows) { return; }
  let col = group.x * LANES * 8 + local.x;
  let base = group.z * params.stride_c;

  // Rows and columns behind the edge read the last one and are not written.
  let a = group.z * params.stride_a / 4;
  let lda = params.lda / 4;
  let last = params.rows - 1;
  let r0 = a + min(row + 0, last) * lda; let r1 = a + min(row + 1, last) * lda;
  let r2 = a + min(row + 2, last) * lda; let r3 = a + min(row + 3, last) * lda;
  let r4 = a + min(row + 4, last) * lda; let r5 = a + min(row + 5, last) * lda;
  let r6 = a + min(row + 6, last) * lda; let r7 = a + min(row + 7, last) * lda;
  let r8 = a + min(row + 8, last) * lda; let r9 = a + min(row + 9, last) * lda;
  let r10 = a + min(row + 10, last) * lda; let r11 = a + min(row + 11, last) * lda;
  let r12 = a + min(row + 12, last) * lda; let r13 = a + min(row + 13, last) * lda;
  let r14 = a + min(row + 14, last) * lda; let r15 = a + min(row + 15, last) * lda;
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
  let start = group.z * params.stride_b;
  let ldb = params.ldb;
  let depth = params.depth;
  let deepest = depth - 1;
  for (var k = 0u; k < depth; k += 4) {
    let k4 = k / 4;
    let a0 = mat4x4f(A[r0 + k4], A[r1 + k4], A[r2 + k4], A[r3 + k4]);
    let a1 = mat4x4f(A[r4 + k4], A[r5 + k4], A[r6 + k4], A[r7 + k4]);
    let a2 = mat4x4f(A[r8 + k4], A[r9 + k4], A[r10 + k4], A[r11 + k4]);
    let a3 = mat4x4f(A[r12 + k4], A[r13 + k4], A[r14 + k4], A[r15 + k4]);
    let k0 = start + k * ldb;
    let k1 = start + min(k + 1, deepest) * ldb;
    let k2 = start + min(k + 2, deepest) * ldb;
    let k3 = start + min(k + 3, deepest) * ldb;
    let b0 = vec4f(B[k0 + o0], B[k1 + o0], B[k2 + o0], B[k3 + o0]);
    let b1 = vec4f(B[k0 + o1], B[k1 + o1], B[k2 + o1], B[k3 + o1]);
    let b2 = vec4f(B[k0 + o2], B[k1 + o2], B[k2 + o2], B[k3 + o2]);
    let b3 = vec4f(B[k0 + o3], B[k1 + o3], B[k2 + o3], B[k3 + o3]);
    let b4 = vec4f(B[k0 + o4], B[k1 + o4], B[k2 + o4], B[k3 + o4]);
    let b5 = vec4f(B[k0 + o5], B[k1 + o5], B[k2 + o5], B[k3 + o5]);
    let b6 = vec4f(B[k0 + o6], B[k1 + o6], B[k2 + o6], B[k3 + o6]);
    let b7 = vec4f(B[k0 + o7], B[k1 + o7], B[k2 + o7], B[k3 + o7]);
    c00 += b0 * a0; c10 += b0 * a1; c20 += b0 * a2; c30 += b0 * a3;
    c01 += b1 * a0; c11 += b1 * a1; c21 += b1 * a2; c31 += b1 * a3;
    c02 += b2 * a0; c12 += b2 * a1; c22 += b2 * a2; c32 += b2 * a3;
    c03 += b3 * a0; c13 += b3 * a1; c23 += b3 * a2; c33 += b3 * a3;
    c04 += b4 * a0; c14 += b4 * a1; c24 += b4 * a2; c34 += b4 * a3;
    c05 += b5 * a0; c15 += b5 * a1; c25 += b5 * a2; c35 += b5 * a3;
    c06 += b6 * a0; c16 += b6 * a1; c26 += b6 * a2; c36 += b6 * a3;
    c07 += b7 * a0; c17 += b7 * a1; c27 += b7 * a2; c37 += b7 * a3;
  }

  put(base, row + 0, col + 0 * LANES, c00); put(base, row + 4, col + 0 * LANES, c10);
  put(base, row + 8, col + 0 * LANES, c20); put(base, row + 12, col + 0 * LANES, c30);
  put(base, row + 0, col + 1 * LANES, c01); put(base, row + 4, col + 1 * LANES, c11);
  put(base, row + 8, col + 1 * LANES, c21); put(base, row + 12, col + 1 * LANES, c31);
  put(base, row + 0, col + 2 * LANES, c02); put(base, row + 4, col + 2 * LANES, c12);
  put(base, row + 8, col + 2 * LANES, c22); put(base, row + 12, col + 2 * LANES, c32);
  put(base, row + 0, col + 3 * LANES, c03); put(base, row + 4, col + 3 * LANES, c13);
  put(base, row + 8, col + 3 * LANES, c23); put(base, row + 12, col + 3 * LANES, c33);
  put(base, row + 0, col + 4 * LANES, c04); put(base, row + 4, col + 4 * LANES, c14);
  put(base, row + 8, col + 4 * LANES, c24); put(base, row + 12, col + 4 * LANES, c34);
  put(base, row + 0, col + 5 * LANES, c05); put(base, row + 4, col + 5 * LANES, c15);
  put(base, row + 8, col + 5 * LANES, c25); put(base, row + 12, col + 5 * LANES, c35);
  put(base, row + 0, col + 6 * LANES, c06); put(base, row + 4, col + 6 * LANES, c16);
  put(base, row + 8, col + 6 * LANES, c26); put(base, row + 12, col + 6 * LANES, c36);
  put(base, row + 0, col + 7 * LANES, c07); put(base, row + 4, col + 7 * LANES, c17);
  put(base, row + 8, col + 7 * LANES, c27); put(base, row + 12, col + 7 * LANES, c37);
}
