// Matrix product:  C[m, n] (+)= Σ_k A[m, k] B[k, n]
// Forward of a linear layer, and the key half of the similarity's backward (dz = G · z_queries).
//
//   A  [batch, rows, lda]    lda a multiple of 4, the columns from depth to the next multiple of 4 are zero
//   B  [batch, depth, ldb]
//   C  [batch, rows, ldc]    = or += (accumulate 1)
//
// matmul.wgsl with 16 rows by 16 columns a thread, for software adapters: a checked load costs SwiftShader ten multiplications, so
// the fewer loads the better (27 % faster, measured), and 256 sums in memory are no worse there than 128. A GPU has no registers
// for them. `row0` cuts long products into dispatches.

override LANES: u32 = 4;
override STRIPS: u32 = 8;

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
  let col = group.x * LANES * 16 + local.x;
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
    let b8 = vec4f(B[k0 + o8], B[k1 + o8], B[k2 + o8], B[k3 + o8]);
    let b9 = vec4f(B[k0 + o9], B[k1 + o9], B[k2 + o9], B[k3 + o9]);
    let b10 = vec4f(B[k0 + o10], B[k1 + o10], B[k2 + o10], B[k3 + o10]);
    let b11 = vec4f(B[k0 + o11], B[k1 + o11], B[k2 + o11], B[k3 + o11]);
    let b12 = vec4f(B[k0 + o12], B[k1 + o12], B[k2 + o12], B[k3 + o12]);
    let b13 = vec4f(B[k0 + o13], B[k1 + o13], B[k2 + o13], B[k3 + o13]);
    let b14 = vec4f(B[k0 + o14], B[k1 + o14], B[k2 + o14], B[k3 + o14]);
    let b15 = vec4f(B[k0 + o15], B[k1 + o15], B[k2 + o15], B[k3 + o15]);
    c0_0 += b0 * a0; c1_0 += b0 * a1; c2_0 += b0 * a2; c3_0 += b0 * a3;
    c0_1 += b1 * a0; c1_1 += b1 * a1; c2_1 += b1 * a2; c3_1 += b1 * a3;
    c0_2 += b2 * a0; c1_2 += b2 * a1; c2_2 += b2 * a2; c3_2 += b2 * a3;
    c0_3 += b3 * a0; c1_3 += b3 * a1; c2_3 += b3 * a2; c3_3 += b3 * a3;
    c0_4 += b4 * a0; c1_4 += b4 * a1; c2_4 += b4 * a2; c3_4 += b4 * a3;
    c0_5 += b5 * a0; c1_5 += b5 * a1; c2_5 += b5 * a2; c3_5 += b5 * a3;
    c0_6 += b6 * a0; c1_6 += b6 * a1; c2_6 += b6 * a2; c3_6 += b6 * a3;
    c0_7 += b7 * a0; c1_7 += b7 * a1; c2_7 += b7 * a2; c3_7 += b7 * a3;
    c0_8 += b8 * a0; c1_8 += b8 * a1; c2_8 += b8 * a2; c3_8 += b8 * a3;
    c0_9 += b9 * a0; c1_9 += b9 * a1; c2_9 += b9 * a2; c3_9 += b9 * a3;
    c0_10 += b10 * a0; c1_10 += b10 * a1; c2_10 += b10 * a2; c3_10 += b10 * a3;
    c0_11 += b11 * a0; c1_11 += b11 * a1; c2_11 += b11 * a2; c3_11 += b11 * a3;
    c0_12 += b12 * a0; c1_12 += b12 * a1; c2_12 += b12 * a2; c3_12 += b12 * a3;
    c0_13 += b13 * a0; c1_13 += b13 * a1; c2_13 += b13 * a2; c3_13 += b13 * a3;
    c0_14 += b14 * a0; c1_14 += b14 * a1; c2_14 += b14 * a2; c3_14 += b14 * a3;
    c0_15 += b15 * a0; c1_15 += b15 * a1; c2_15 += b15 * a2; c3_15 += b15 * a3;
  }

  put(base, row + 0, col + 0 * LANES, c0_0); put(base, row + 4, col + 0 * LANES, c1_0);
  put(base, row + 8, col + 0 * LANES, c2_0); put(base, row + 12, col + 0 * LANES, c3_0);
  put(base, row + 0, col + 1 * LANES, c0_1); put(base, row + 4, col + 1 * LANES, c1_1);
  put(base, row + 8, col + 1 * LANES, c2_1); put(base, row + 12, col + 1 * LANES, c3_1);
  put(base, row + 0, col + 2 * LANES, c0_2); put(base, row + 4, col + 2 * LANES, c1_2);
  put(base, row + 8, col + 2 * LANES, c2_2); put(base, row + 12, col + 2 * LANES, c3_2);
  put(base, row + 0, col + 3 * LANES, c0_3); put(base, row + 4, col + 3 * LANES, c1_3);
  put(base, row + 8, col + 3 * LANES, c2_3); put(base, row + 12, col + 3 * LANES, c3_3);
  put(base, row + 0, col + 4 * LANES, c0_4); put(base, row + 4, col + 4 * LANES, c1_4);
  put(base, row + 8, col + 4 * LANES, c2_4); put(base, row + 12, col + 4 * LANES, c3_4);
  put(base, row + 0, col + 5 * LANES, c0_5); put(base, row + 4, col + 5 * LANES, c1_5);
  put(base, row + 8, col + 5 * LANES, c2_5); put(base, row + 12, col + 5 * LANES, c3_5);
  put(base, row + 0, col + 6 * LANES, c0_6); put(base, row + 4, col + 6 * LANES, c1_6);
  put(base, row + 8, col + 6 * LANES, c2_6); put(base, row + 12, col + 6 * LANES, c3_6);
  put(base, row + 0, col + 7 * LANES, c0_7); put(base, row + 4, col + 7 * LANES, c1_7);
  put(base, row + 8, col + 7 * LANES, c2_7); put(base, row + 12, col + 7 * LANES, c3_7);
  put(base, row + 0, col + 8 * LANES, c0_8); put(base, row + 4, col + 8 * LANES, c1_8);
  put(base, row + 8, col + 8 * LANES, c2_8); put(base, row + 12, col + 8 * LANES, c3_8);
  put(base, row + 0, col + 9 * LANES, c0_9); put(base, row + 4, col + 9 * LANES, c1_9);
  put(base, row + 8, col + 9 * LANES, c2_9); put(base, row + 12, col + 9 * LANES, c3_9);
  put(base, row + 0, col + 10 * LANES, c0_10); put(base, row + 4, col + 10 * LANES, c1_10);
  put(base, row + 8, col + 10 * LANES, c2_10); put(base, row + 12, col + 10 * LANES, c3_10);
  put(base, row + 0, col + 11 * LANES, c0_11); put(base, row + 4, col + 11 * LANES, c1_11);
  put(base, row + 8, col + 11 * LANES, c2_11); put(base, row + 12, col + 11 * LANES, c3_11);
  put(base, row + 0, col + 12 * LANES, c0_12); put(base, row + 4, col + 12 * LANES, c1_12);
  put(base, row + 8, col + 12 * LANES, c2_12); put(base, row + 12, col + 12 * LANES, c3_12);
  put(base, row + 0, col + 13 * LANES, c0_13); put(base, row + 4, col + 13 * LANES, c1_13);
  put(base, row + 8, col + 13 * LANES, c2_13); put(base, row + 12, col + 13 * LANES, c3_13);
  put(base, row + 0, col + 14 * LANES, c0_14); put(base, row + 4, col + 14 * LANES, c1_14);
  put(base, row + 8, col + 14 * LANES, c2_14); put(base, row + 12, col + 14 * LANES, c3_14);
  put(base, row + 0, col + 15 * LANES, c0_15); put(base, row + 4, col + 15 * LANES, c1_15);
  put(base, row + 8, col + 15 * LANES, c2_15); put(base, row + 12, col + 15 * LANES, c3_15);
}
