// Matrix product for GPUs, forms nn and tn. Written by `npm run shaders` (scripts/lib/product.mjs).
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
// A workgroup of 8 × 8 threads makes a tile of 64 × 64, DEPTH k at a time through workgroup memory; a thread makes 8 × 8 of it in
// registers, as two halves of 4 rows that lie 32 apart and of 4 columns that lie 8 apart, so that neighbours read neighbouring vec4s
// of both tiles. The columns of a vec4 lie 16 apart: neighbours read neighbouring floats of B and write neighbouring ones of C.
// Whole vec4s are written into a tile, since a write to a component may write the others too (WGSL): threads that share a vec4 race.
// On RDNA 2 and 3 8 × 8 sums leave room for 10 and 16 subgroups a SIMD, on Vega for 2, and none is spilled (16 × 8 of them were).

const DEPTH: u32 = 8;
const TILE_ROWS: u32 = 64;
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

var<workgroup> a_tile: array<vec4f, 128>;
var<workgroup> b_tile: array<vec4f, 128>;

fn put(batch: u32, row: u32, col: u32, sums: vec4f, mirror: bool) {
  if (row >= params.rows) { return; }
  let ldc = params.ldc;
  let base = start(batch, params.stride_c, params.far_c);
  for (var n = 0u; n < 4; n++) {
    let column = col + 16 * n;
    if (column >= params.cols) { return; }
    let at = base + row * ldc + column;
    var v = sums[n];
    if (params.biased == 1) { v += bias[column]; }
    if (params.accumulate == 1) { v += C[at]; }
    C[at] = v;
    if (mirror) { C[base + column * ldc + row] = v; }
  }
}

@compute @workgroup_size(8, 8)
fn nn(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row0 = params.row0 + group.y * TILE_ROWS;
  let col0 = group.x * TILE_COLUMNS;
  let lda = params.lda / 4;
  let start_a = start(group.z, params.stride_a, params.far_a) / 4;
  let start_b = start(group.z, params.stride_b, params.far_b);
  var c0_0 = vec4f(); var c0_1 = vec4f(); var c1_0 = vec4f(); var c1_1 = vec4f(); var c2_0 = vec4f();
  var c2_1 = vec4f(); var c3_0 = vec4f(); var c3_1 = vec4f(); var c4_0 = vec4f(); var c4_1 = vec4f();
  var c5_0 = vec4f(); var c5_1 = vec4f(); var c6_0 = vec4f(); var c6_1 = vec4f(); var c7_0 = vec4f();
  var c7_1 = vec4f();
  // What a thread carries into the tiles: at every fourth k, from its part on, one vec4 of 16. Whatever is behind an edge is read at it.
  let quad = lane % 16;
  let part = lane / 16;
  let last = params.depth - 1;
  let ldb = params.ldb;
  let first_b = part * ldb;
  let last_b = last * ldb;
  let o0 = min(col0 + quad + 0, params.cols - 1); let o1 = min(col0 + quad + 16, params.cols - 1);
  let o2 = min(col0 + quad + 32, params.cols - 1); let o3 = min(col0 + quad + 48, params.cols - 1);
  let first_a = (row0 + 4 * quad) * lda;
  let last_a = (params.rows - 1) * lda;

  for (var k0 = 0u; k0 < params.depth; k0 += DEPTH) {
    // Of A four k of four rows, turned on the way in.
    if (part < DEPTH / 4) {
      let k = start_a + min(k0 / 4 + part, last / 4);
      let r0 = A[k + min(first_a + 0 * lda, last_a)]; let r1 = A[k + min(first_a + 1 * lda, last_a)];
      let r2 = A[k + min(first_a + 2 * lda, last_a)]; let r3 = A[k + min(first_a + 3 * lda, last_a)];
      let turned = transpose(mat4x4f(r0, r1, r2, r3));
      let at = 64 * part + quad;
      a_tile[at + 0] = turned[0]; a_tile[at + 16] = turned[1]; a_tile[at + 32] = turned[2]; a_tile[at + 48] = turned[3];
    }
    for (var q = 0u; q < DEPTH; q += 4) {
      let k = k0 + q;
      let line = start_b + min(first_b + k * ldb, last_b);
      let four = vec4f(B[line + o0], B[line + o1], B[line + o2], B[line + o3]);
      b_tile[16 * q + lane] = select(vec4f(), four, k + part < params.depth);
    }
    workgroupBarrier();
    for (var q = 0u; q < DEPTH; q++) {
      let a0 = a_tile[q * 16 + local.y]; let a1 = a_tile[q * 16 + 8 + local.y];
      let b0 = b_tile[q * 16 + local.x]; let b1 = b_tile[q * 16 + 8 + local.x];
      c0_0 += a0.x * b0; c0_1 += a0.x * b1; c1_0 += a0.y * b0; c1_1 += a0.y * b1; c2_0 += a0.z * b0; c2_1 += a0.z * b1;
      c3_0 += a0.w * b0; c3_1 += a0.w * b1; c4_0 += a1.x * b0; c4_1 += a1.x * b1; c5_0 += a1.y * b0; c5_1 += a1.y * b1;
      c6_0 += a1.z * b0; c6_1 += a1.z * b1; c7_0 += a1.w * b0; c7_1 += a1.w * b1;
    }
    workgroupBarrier();
  }
  let mirror = false;
  put(group.z, row0 + 0 + 4 * local.y, col0 + 0 + local.x, c0_0, mirror);
  put(group.z, row0 + 0 + 4 * local.y, col0 + 8 + local.x, c0_1, mirror);
  put(group.z, row0 + 1 + 4 * local.y, col0 + 0 + local.x, c1_0, mirror);
  put(group.z, row0 + 1 + 4 * local.y, col0 + 8 + local.x, c1_1, mirror);
  put(group.z, row0 + 2 + 4 * local.y, col0 + 0 + local.x, c2_0, mirror);
  put(group.z, row0 + 2 + 4 * local.y, col0 + 8 + local.x, c2_1, mirror);
  put(group.z, row0 + 3 + 4 * local.y, col0 + 0 + local.x, c3_0, mirror);
  put(group.z, row0 + 3 + 4 * local.y, col0 + 8 + local.x, c3_1, mirror);
  put(group.z, row0 + 32 + 4 * local.y, col0 + 0 + local.x, c4_0, mirror);
  put(group.z, row0 + 32 + 4 * local.y, col0 + 8 + local.x, c4_1, mirror);
  put(group.z, row0 + 33 + 4 * local.y, col0 + 0 + local.x, c5_0, mirror);
  put(group.z, row0 + 33 + 4 * local.y, col0 + 8 + local.x, c5_1, mirror);
  put(group.z, row0 + 34 + 4 * local.y, col0 + 0 + local.x, c6_0, mirror);
  put(group.z, row0 + 34 + 4 * local.y, col0 + 8 + local.x, c6_1, mirror);
  put(group.z, row0 + 35 + 4 * local.y, col0 + 0 + local.x, c7_0, mirror);
  put(group.z, row0 + 35 + 4 * local.y, col0 + 8 + local.x, c7_1, mirror);
}

@compute @workgroup_size(8, 8)
fn tn(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row0 = params.row0 + group.y * TILE_ROWS;
  let col0 = group.x * TILE_COLUMNS;
  let block = row0 / TILE_COLUMNS;
  if (params.symmetric == 1 && group.x < block) { return; }
  let lda = params.lda / 4;
  let start_a = start(group.z, params.stride_a, params.far_a) / 4;
  let start_b = start(group.z, params.stride_b, params.far_b);
  var c0_0 = vec4f(); var c0_1 = vec4f(); var c1_0 = vec4f(); var c1_1 = vec4f(); var c2_0 = vec4f();
  var c2_1 = vec4f(); var c3_0 = vec4f(); var c3_1 = vec4f(); var c4_0 = vec4f(); var c4_1 = vec4f();
  var c5_0 = vec4f(); var c5_1 = vec4f(); var c6_0 = vec4f(); var c6_1 = vec4f(); var c7_0 = vec4f();
  var c7_1 = vec4f();
  // What a thread carries into the tiles: at every fourth k, from its part on, one vec4 of 16. Whatever is behind an edge is read at it.
  let quad = lane % 16;
  let part = lane / 16;
  let last = params.depth - 1;
  let ldb = params.ldb;
  let first_b = part * ldb;
  let last_b = last * ldb;
  let o0 = min(col0 + quad + 0, params.cols - 1); let o1 = min(col0 + quad + 16, params.cols - 1);
  let o2 = min(col0 + quad + 32, params.cols - 1); let o3 = min(col0 + quad + 48, params.cols - 1);
  let first_a = part * lda;
  let last_a = last * lda;
  let four_rows = min(row0 / 4 + quad, lda - 1);

  for (var k0 = 0u; k0 < params.depth; k0 += DEPTH) {
    for (var q = 0u; q < DEPTH; q += 4) {
      let k = k0 + q;
      a_tile[16 * q + lane] = A[start_a + min(first_a + k * lda, last_a) + four_rows];
      let line = start_b + min(first_b + k * ldb, last_b);
      let four = vec4f(B[line + o0], B[line + o1], B[line + o2], B[line + o3]);
      b_tile[16 * q + lane] = select(vec4f(), four, k + part < params.depth);
    }
    workgroupBarrier();
    for (var q = 0u; q < DEPTH; q++) {
      let a0 = a_tile[q * 16 + local.y]; let a1 = a_tile[q * 16 + 8 + local.y];
      let b0 = b_tile[q * 16 + local.x]; let b1 = b_tile[q * 16 + 8 + local.x];
      c0_0 += a0.x * b0; c0_1 += a0.x * b1; c1_0 += a0.y * b0; c1_1 += a0.y * b1; c2_0 += a0.z * b0; c2_1 += a0.z * b1;
      c3_0 += a0.w * b0; c3_1 += a0.w * b1; c4_0 += a1.x * b0; c4_1 += a1.x * b1; c5_0 += a1.y * b0; c5_1 += a1.y * b1;
      c6_0 += a1.z * b0; c6_1 += a1.z * b1; c7_0 += a1.w * b0; c7_1 += a1.w * b1;
    }
    workgroupBarrier();
  }
  let mirror = params.symmetric == 1 && group.x > block;
  put(group.z, row0 + 0 + 4 * local.y, col0 + 0 + local.x, c0_0, mirror);
  put(group.z, row0 + 0 + 4 * local.y, col0 + 8 + local.x, c0_1, mirror);
  put(group.z, row0 + 1 + 4 * local.y, col0 + 0 + local.x, c1_0, mirror);
  put(group.z, row0 + 1 + 4 * local.y, col0 + 8 + local.x, c1_1, mirror);
  put(group.z, row0 + 2 + 4 * local.y, col0 + 0 + local.x, c2_0, mirror);
  put(group.z, row0 + 2 + 4 * local.y, col0 + 8 + local.x, c2_1, mirror);
  put(group.z, row0 + 3 + 4 * local.y, col0 + 0 + local.x, c3_0, mirror);
  put(group.z, row0 + 3 + 4 * local.y, col0 + 8 + local.x, c3_1, mirror);
  put(group.z, row0 + 32 + 4 * local.y, col0 + 0 + local.x, c4_0, mirror);
  put(group.z, row0 + 32 + 4 * local.y, col0 + 8 + local.x, c4_1, mirror);
  put(group.z, row0 + 33 + 4 * local.y, col0 + 0 + local.x, c5_0, mirror);
  put(group.z, row0 + 33 + 4 * local.y, col0 + 8 + local.x, c5_1, mirror);
  put(group.z, row0 + 34 + 4 * local.y, col0 + 0 + local.x, c6_0, mirror);
  put(group.z, row0 + 34 + 4 * local.y, col0 + 8 + local.x, c6_1, mirror);
  put(group.z, row0 + 35 + 4 * local.y, col0 + 0 + local.x, c7_0, mirror);
  put(group.z, row0 + 35 + 4 * local.y, col0 + 8 + local.x, c7_1, mirror);
}
