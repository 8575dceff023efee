// The matrix product's WGSL, unrolled: by hand it would be 600 lines that must agree. `npm run shaders` writes the files.

const HEAD = `//   nn  C[m, n] (+)= Σ_k A[m, k] B[k, n]     forward of a linear layer, the similarity's gradient of the keys
//   tn  C[m, n] (+)= Σ_k A[k, m] B[k, n]     the similarity itself (A = B = zᵀ), a weight's gradient
//
//   A     nn [batch, rows, lda], the columns from depth to the next multiple of 4 zero; tn [batch, depth, lda]; lda a multiple of 4
//   B     [batch, depth, ldb]
//   bias  [cols]             added to every row with biased 1
//   C     [batch, rows, ldc] = or += (accumulate 1)
//
// With \`symmetric\` 1 (tn, A and B the same matrix, rows = cols) the tiles below the diagonal are not computed but mirrored from
// above it: half the work, and C is symmetric to the last bit. A parameter and no override: a pipeline takes SwiftShader half a
// second. \`row0\` cuts long products into dispatches at multiples of TILE_ROWS.
// A batch has two levels: \`inner\` products lie stride_… apart, and so many of them far_… from the next (heads and clips).`;

const DECLARATIONS = `
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
`;

/** @param {number} n */
const upTo = (n) => Array.from({ length: n }, (_, i) => i);
/** Statements on lines of at most 120 characters. @param {readonly string[]} statements */
const lines = (statements, indent = "  ") => {
  const out = [""];
  for (const statement of statements) {
    const last = out[out.length - 1];
    if (last !== "" && indent.length + last.length + 1 + statement.length <= 120)
      out[out.length - 1] = `${last} ${statement}`;
    else out.push(statement);
  }
  return out
    .slice(1)
    .map((line) => indent + line)
    .join("\n");
};

/**
 * A thread makes rows × columns in registers, a workgroup lanes × strips threads; no workgroup memory.
 * @param {{ rows: number, columns: number, lanes: number, strips: number }} tile
 */
export function registerProduct({ rows, columns, lanes, strips }) {
  const [quads, across] = [upTo(rows / 4), upTo(columns)];
  const c = (/** @type {number} */ i, /** @type {number} */ j) => `c${i}_${j}`;
  const each = (/** @type {(i: number, j: number) => string} */ make) =>
    across.flatMap((j) => quads.map((i) => make(i, j)));
  const start = `  let row = params.row0 + (group.y * STRIPS + local.y) * ${rows};
  if (row >= params.rows) { return; }`;
  const columnsOf = `  let col = group.x * TILE_COLUMNS + local.x;
  // Rows and columns behind the edge read the last one and are not written.
${lines(across.map((j) => `let o${j} = min(col + ${j} * LANES, params.cols - 1);`))}
${lines(each((i, j) => `var ${c(i, j)} = vec4f();`))}
  // Kept in registers: a uniform read inside the loop is a checked load each time.
  let ldb = params.ldb;
  let depth = params.depth;`;
  // One body for all sums: written out for each, it was nine tenths of what SwiftShader compiled, seconds a pipeline.
  const end = (/** @type {string} */ mirror) => `  var sums = array(
${lines(
  each((i, j) => `${c(i, j)},`),
  "    ",
)}
  );
  for (var j = 0u; j < ${columns}; j++) {
    for (var i = 0u; i < ${quads.length}; i++) {
      put(group.z, row + 4 * i, col + j * LANES, sums[${quads.length} * j + i], ${mirror});
    }
  }`;
  return `// Matrix product for software adapters, forms nn and tn. Written by \`npm run shaders\` (scripts/lib/product.mjs).
//
${HEAD}
//
// One thread makes ${rows} rows by ${columns} columns in registers; a workgroup is LANES threads across and STRIPS down. The columns of a
// thread lie LANES apart, so that neighbouring threads read neighbouring floats of B, while all of them read the same A: the
// two patterns that SwiftShader turns into one load (any other is four loads and a shuffle). Four k at a time, so that a register
// is touched once per four multiplications. A checked load costs SwiftShader ten multiplications: 16 × 16 is 27 % faster than
// 16 × 8, 2.4 × that of 8 × 4, and workgroup memory gains nothing. A GPU has no registers for it: see product_tiled.wgsl.

const LANES: u32 = ${lanes};
const STRIPS: u32 = ${strips};
const TILE_ROWS: u32 = ${strips * rows};
const TILE_COLUMNS: u32 = ${lanes * columns};
${DECLARATIONS}
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
${start}
  let a = start(group.z, params.stride_a, params.far_a) / 4;
  let lda = params.lda / 4;
  let last = params.rows - 1;
${lines(upTo(rows).map((i) => `let r${i} = a + min(row + ${i}, last) * lda;`))}
${columnsOf}
  let base = start(group.z, params.stride_b, params.far_b);
  let deepest = depth - 1;
  for (var k = 0u; k < depth; k += 4) {
    let k4 = k / 4;
${lines(
  quads.map(
    (i) =>
      `let a${i} = mat4x4f(${upTo(4)
        .map((n) => `A[r${4 * i + n} + k4]`)
        .join(", ")});`,
  ),
  "    ",
)}
    let k0 = base + k * ldb;
${lines(
  [1, 2, 3].map((n) => `let k${n} = base + min(k + ${n}, deepest) * ldb;`),
  "    ",
)}
${lines(
  across.map(
    (j) =>
      `let b${j} = vec4f(${upTo(4)
        .map((n) => `B[k${n} + o${j}]`)
        .join(", ")});`,
  ),
  "    ",
)}
${lines(
  each((i, j) => `${c(i, j)} += b${j} * a${i};`),
  "    ",
)}
  }
${end("false")}
}

@compute @workgroup_size(LANES, STRIPS)
fn tn(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
${start}
  let block = row / TILE_COLUMNS;
  if (params.symmetric == 1 && group.x < block) { return; }
  let mirror = params.symmetric == 1 && group.x > block;
  let lda = params.lda / 4;
  let last = lda - 1;
${lines(quads.map((i) => `let r${i} = min(row / 4 + ${i}, last);`))}
${columnsOf}
  var a = start(group.z, params.stride_a, params.far_a) / 4;
  var b = start(group.z, params.stride_b, params.far_b);
  let whole = depth / 4 * 4;
  for (var k = 0u; k < whole; k += 4) {
    let a1 = a + lda; let a2 = a1 + lda; let a3 = a2 + lda;
${lines(
  quads.map((i) => `let m${i} = mat4x4f(A[a + r${i}], A[a1 + r${i}], A[a2 + r${i}], A[a3 + r${i}]);`),
  "    ",
)}
    let q1 = b + ldb; let q2 = q1 + ldb; let q3 = q2 + ldb;
${lines(
  across.map((j) => `let b${j} = vec4f(B[b + o${j}], B[q1 + o${j}], B[q2 + o${j}], B[q3 + o${j}]);`),
  "    ",
)}
${lines(
  each((i, j) => `${c(i, j)} += m${i} * b${j};`),
  "    ",
)}
    a = a3 + lda;
    b = q3 + ldb;
  }
  for (var k = whole; k < depth; k++) {
${lines(
  quads.map((i) => `let m${i} = A[a + r${i}];`),
  "    ",
)}
${lines(
  across.map((j) => `let b${j} = B[b + o${j}];`),
  "    ",
)}
${lines(
  each((i, j) => `${c(i, j)} += m${i} * b${j};`),
  "    ",
)}
    a += lda;
    b += ldb;
  }
${end("mirror")}
}
`;
}

/**
 * A workgroup of 8 × 8 threads makes 64 × 64 through workgroup memory, `depth` k at a time, 8 or 16; a thread 8 × 8 in registers.
 * @param {{ depth: number }} tile
 */
export function tiledProduct({ depth }) {
  const [eight, halves] = [upTo(8), upTo(2)];
  const c = (/** @type {number} */ i, /** @type {number} */ h) => `c${i}_${h}`;
  const each = (/** @type {(i: number, h: number) => string} */ make) =>
    eight.flatMap((i) => halves.map((h) => make(i, h)));
  const body = (/** @type {"nn" | "tn"} */ form) => `
@compute @workgroup_size(8, 8)
fn ${form}(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row0 = params.row0 + group.y * TILE_ROWS;
  let col0 = group.x * TILE_COLUMNS;${
    form === "tn"
      ? `
  let block = row0 / TILE_COLUMNS;
  if (params.symmetric == 1 && group.x < block) { return; }`
      : ""
  }
  let lda = params.lda / 4;
  let start_a = start(group.z, params.stride_a, params.far_a) / 4;
  let start_b = start(group.z, params.stride_b, params.far_b);
${lines(each((i, h) => `var ${c(i, h)} = vec4f();`))}
  // What a thread carries into the tiles: at every fourth k, from its part on, one vec4 of 16. Whatever is behind an edge is read at it.
  let quad = lane % 16;
  let part = lane / 16;
  let last = params.depth - 1;
  let ldb = params.ldb;
  let first_b = part * ldb;
  let last_b = last * ldb;
${lines(upTo(4).map((n) => `let o${n} = min(col0 + quad + ${16 * n}, params.cols - 1);`))}
${
  form === "nn"
    ? `  let first_a = (row0 + 4 * quad) * lda;
  let last_a = (params.rows - 1) * lda;`
    : `  let first_a = part * lda;
  let last_a = last * lda;
  let four_rows = min(row0 / 4 + quad, lda - 1);`
}

  for (var k0 = 0u; k0 < params.depth; k0 += DEPTH) {
${
  form === "nn"
    ? `    // Of A four k of four rows, turned on the way in.
    if (part < DEPTH / 4) {
      let k = start_a + min(k0 / 4 + part, last / 4);
${lines(
  upTo(4).map((n) => `let r${n} = A[k + min(first_a + ${n} * lda, last_a)];`),
  "      ",
)}
      let turned = transpose(mat4x4f(r0, r1, r2, r3));
      let at = 64 * part + quad;
${lines(
  upTo(4).map((n) => `a_tile[at + ${16 * n}] = turned[${n}];`),
  "      ",
)}
    }
`
    : ""
}    for (var q = 0u; q < DEPTH; q += 4) {
      let k = k0 + q;
${form === "tn" ? "      a_tile[16 * q + lane] = A[start_a + min(first_a + k * lda, last_a) + four_rows];\n" : ""}      let line = start_b + min(first_b + k * ldb, last_b);
      let four = vec4f(B[line + o0], B[line + o1], B[line + o2], B[line + o3]);
      b_tile[16 * q + lane] = select(vec4f(), four, k + part < params.depth);
    }
    workgroupBarrier();
    for (var q = 0u; q < DEPTH; q++) {
      let a0 = a_tile[q * 16 + local.y]; let a1 = a_tile[q * 16 + 8 + local.y];
      let b0 = b_tile[q * 16 + local.x]; let b1 = b_tile[q * 16 + 8 + local.x];
${lines(
  each((i, h) => `${c(i, h)} += a${Math.floor(i / 4)}.${"xyzw"[i % 4]} * b${h};`),
  "      ",
)}
    }
    workgroupBarrier();
  }
  let mirror = ${form === "tn" ? "params.symmetric == 1 && group.x > block" : "false"};
${lines(each((i, h) => `put(group.z, row0 + ${(i < 4 ? 0 : 32) + (i % 4)} + 4 * local.y, col0 + ${8 * h} + local.x, ${c(i, h)}, mirror);`))}
}
`;
  return `// Matrix product for GPUs, forms nn and tn. Written by \`npm run shaders\` (scripts/lib/product.mjs).
//
${HEAD}
//
// A workgroup of 8 × 8 threads makes a tile of 64 × 64, DEPTH k at a time through workgroup memory; a thread makes 8 × 8 of it in
// registers, as two halves of 4 rows that lie 32 apart and of 4 columns that lie 8 apart, so that neighbours read neighbouring vec4s
// of both tiles. The columns of a vec4 lie 16 apart: neighbours read neighbouring floats of B and write neighbouring ones of C.
// Whole vec4s are written into a tile, since a write to a component may write the others too (WGSL): threads that share a vec4 race.
// On RDNA 2 and 3 8 × 8 sums leave room for 10 and 16 subgroups a SIMD, on Vega for 2, and none is spilled (16 × 8 of them were).

const DEPTH: u32 = ${depth};
const TILE_ROWS: u32 = 64;
const TILE_COLUMNS: u32 = 64;
${DECLARATIONS}
var<workgroup> a_tile: array<vec4f, ${16 * depth}>;
var<workgroup> b_tile: array<vec4f, ${16 * depth}>;

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
${body("nn")}${body("tn")}`;
}

/** What stands in shaders/nn, by file. */
export const PRODUCTS = {
  "nn/product_narrow.wgsl": registerProduct({ rows: 16, columns: 4, lanes: 4, strips: 8 }),
  "nn/product_wide.wgsl": registerProduct({ rows: 16, columns: 16, lanes: 4, strips: 8 }),
  "nn/product_wider.wgsl": registerProduct({ rows: 16, columns: 20, lanes: 4, strips: 8 }),
  "nn/product_tiled.wgsl": tiledProduct({ depth: 8 }),
};
