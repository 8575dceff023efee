// Space-time self-similarity of a few query rows with all tokens:  R[q, j] = z[rows[q]] · z[j]     (docs/method.md eq. 6)
//
//   z     [N, C]  unit rows
//   rows  [Q]     token indices of the queries
//   R     [Q, N]  =  cosines
//
// One thread per (query, token): x runs over tokens, y over queries. With a handful of queries the work is one pass over
// z, which no tiling would save; the losses, where queries number hundreds, have a tiled product of their own.

override WORKGROUP: u32 = 64;

struct Params {
  Q: u32,
  N: u32,
  C: u32,
}

@group(0) @binding(0) var<storage, read> z: array<f32>;
@group(0) @binding(1) var<storage, read> rows: array<u32>;
@group(0) @binding(2) var<storage, read_write> R: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let j = id.x;
  let q = id.y;
  if (j >= params.N || q >= params.Q) { return; }
  let a = rows[q] * params.C;
  let b = j * params.C;
  // Four sums in flight: shorter dependency chains and a smaller rounding error than one.
  var sum = vec4f(0);
  let whole = params.C / 4 * 4;
  for (var c = 0u; c < whole; c += 4) {
    sum += vec4f(z[a + c], z[a + c + 1], z[a + c + 2], z[a + c + 3])
         * vec4f(z[b + c], z[b + c + 1], z[b + c + 2], z[b + c + 3]);
  }
  var total = (sum.x + sum.y) + (sum.z + sum.w);
  for (var c = whole; c < params.C; c++) {
    total += z[a + c] * z[b + c];
  }
  R[q * params.N + j] = total;
}
