// The student's residual stream: the prompt's rows first, then the video's, one clip after another.
//   text   h[b, l, c] = table[words[b, l], c] + places[l, c]
//   video  h[b, L + n, c] = x[b, n, c] + positions[n, c] + given[b] · (n < S) · mark[c]
//   back to x       dx (+)= dh's video rows
//   back to places  d[l, c] (+)= Σ_b dh[b, l, c]
//   back to table   d[v, c] (+)= Σ over b, l with words[b, l] = v of dh[b, l, c]
//   back to mark    d[c] (+)= Σ_b given[b] Σ_{n < S} dh[b, L + n, c]
//
//   words    [B, L] u32     given [B], 0 or 1      S: tokens of the first frame
//   table    [V, C]         places [L, C]          mark [C]
//   x, dx    [B, N, C]      positions [N, C]       h, dh [B, L + N, C]  h =
//   d        as what it belongs to, = or += (add 1)
//
// One thread per value of what is written; sums in a fixed order.

override WORKGROUP: u32 = 64;

struct Params {
  B: u32,
  L: u32,
  N: u32,
  S: u32,
  C: u32,
  V: u32,
  add: u32,
}

@group(0) @binding(0) var<storage, read> words: array<u32>;
@group(0) @binding(0) var<storage, read> given: array<f32>;
@group(0) @binding(1) var<storage, read> table: array<f32>;
@group(0) @binding(1) var<storage, read> mark: array<f32>;
@group(0) @binding(2) var<storage, read> places: array<f32>;
@group(0) @binding(2) var<storage, read> positions: array<f32>;
@group(0) @binding(3) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> dh: array<f32>;
@group(0) @binding(4) var<storage, read_write> h: array<f32>;
@group(0) @binding(4) var<storage, read_write> d: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

fn put(at: u32, value: f32) { d[at] = select(value, d[at] + value, params.add == 1); }

@compute @workgroup_size(WORKGROUP)
fn text(@builtin(global_invocation_id) id: vec3u) {
  let c = id.x;
  if (c >= params.C || id.y >= params.B * params.L) { return; }
  let l = id.y % params.L;
  let row = (id.y / params.L) * (params.L + params.N) + l;
  h[row * params.C + c] = table[words[id.y] * params.C + c] + places[l * params.C + c];
}

@compute @workgroup_size(WORKGROUP)
fn video(@builtin(global_invocation_id) id: vec3u) {
  let c = id.x;
  if (c >= params.C || id.y >= params.B * params.N) { return; }
  let n = id.y % params.N;
  let b = id.y / params.N;
  let row = b * (params.L + params.N) + params.L + n;
  let marked = select(0.0, given[b] * mark[c], n < params.S);
  h[row * params.C + c] = x[id.y * params.C + c] + positions[n * params.C + c] + marked;
}

@compute @workgroup_size(WORKGROUP)
fn to_x(@builtin(global_invocation_id) id: vec3u) {
  let c = id.x;
  if (c >= params.C || id.y >= params.B * params.N) { return; }
  let row = (id.y / params.N) * (params.L + params.N) + params.L + id.y % params.N;
  put(id.y * params.C + c, dh[row * params.C + c]);
}

@compute @workgroup_size(WORKGROUP)
fn to_places(@builtin(global_invocation_id) id: vec3u) {
  let c = id.x;
  if (c >= params.C || id.y >= params.L) { return; }
  var sum = 0.0;
  for (var b = 0u; b < params.B; b++) { sum += dh[(b * (params.L + params.N) + id.y) * params.C + c]; }
  put(id.y * params.C + c, sum);
}

@compute @workgroup_size(WORKGROUP)
fn to_table(@builtin(global_invocation_id) id: vec3u) {
  let c = id.x;
  if (c >= params.C || id.y >= params.V) { return; }
  var sum = 0.0;
  for (var b = 0u; b < params.B; b++) {
    for (var l = 0u; l < params.L; l++) {
      if (words[b * params.L + l] == id.y) { sum += dh[(b * (params.L + params.N) + l) * params.C + c]; }
    }
  }
  put(id.y * params.C + c, sum);
}

@compute @workgroup_size(WORKGROUP)
fn to_mark(@builtin(global_invocation_id) id: vec3u) {
  let c = id.x;
  if (c >= params.C) { return; }
  var sum = 0.0;
  for (var b = 0u; b < params.B; b++) {
    if (given[b] == 0.0) { continue; }
    let first = b * (params.L + params.N) + params.L;
    for (var n = 0u; n < params.S; n++) { sum += given[b] * dh[(first + n) * params.C + c]; }
  }
  put(c, sum);
}
