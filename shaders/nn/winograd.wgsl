// A 3×3×3 convolution with stride and padding 1 as 64 small products: Winograd's F(2, 3) in time, rows and columns (Lavin & Gray 2016).
// The 8 values of a tile of 2 × 2 × 2 positions cost 64 multiplications a pair of channels instead of 216.
//   input        V = (Bᵀ ⊗ Bᵀ ⊗ Bᵀ) x  of the 4 × 4 × 4 positions in and around each tile, 0 outside a clip
//   output       y (+)= (Aᵀ ⊗ Aᵀ ⊗ Aᵀ) M (+ bias),  M[k] = V[k] · U[k] for each of the 64 k (U: winograd_weights.wgsl)
//   output_back  dM = (A ⊗ A ⊗ A) dy
//
//       1  0 -1  0
//  Bᵀ = 0  1  1  0    Aᵀ = 1  1  1  0
//       0 -1  1  0         0  1 -1 -1
//       0  1  0 -1
//
//   x        [frame0 + clips · F, H, W, C]
//   y, dy    [clips, F, H, W, C]  y = or += (add 1)
//   V, M, dM [64, tiles, ld]      =  ld ≥ C; zeros behind C
//   bias     [C]                  added with biased 1
//
// Tiles are counted clip by clip, frames, rows, columns; those of a dispatch begin at tile0, in V and M at 0. One thread per channel
// of a tile, x over channels, y and z over tiles; a slice of time is transformed in registers before the slices are combined.

override WORKGROUP: u32 = 64;

struct Params {
  C: u32,
  ld: u32,
  F: u32,
  H: u32,
  W: u32,
  frame0: u32,
  tile0: u32,
  tiles: u32,
  biased: u32,
  add: u32,
}

@group(0) @binding(0) var<storage, read> positions: array<f32>;
@group(0) @binding(1) var<storage, read_write> apart: array<f32>;
@group(0) @binding(0) var<storage, read> products: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

struct Tile {
  // First frame of its clip among the frames of x or y, and its first position within the clip.
  clip: u32,
  f: u32,
  row: u32,
  col: u32,
}

fn tile_of(index: u32) -> Tile {
  let across = (params.W + 1) / 2;
  let down = (params.H + 1) / 2;
  let deep = (params.F + 1) / 2;
  let line = index / across;
  let plane = line / down;
  return Tile((plane / deep) * params.F, 2 * (plane % deep), 2 * (line % down), 2 * (index % across));
}

// Bᵀ on both sides of a slice of 4 × 4.
fn spread(d: mat4x4f) -> mat4x4f {
  let t = transpose(mat4x4f(d[0] - d[2], d[1] + d[2], d[2] - d[1], d[1] - d[3]));
  return transpose(mat4x4f(t[0] - t[2], t[1] + t[2], t[2] - t[1], t[1] - t[3]));
}

// Aᵀ on both sides.
fn gather(m: mat4x4f) -> mat2x2f {
  let t = transpose(mat2x4f(m[0] + m[1] + m[2], m[1] - m[2] - m[3]));
  return transpose(mat2x2f(t[0] + t[1] + t[2], t[1] - t[2] - t[3]));
}

// A on both sides.
fn scatter(d: mat2x2f) -> mat4x4f {
  let t = transpose(mat4x2f(d[0], d[0] + d[1], d[0] - d[1], -d[1]));
  return transpose(mat4x4f(t[0], t[0] + t[1], t[0] - t[1], -t[1]));
}

// A line of four positions, from one before `col` on. Loads without a branch: what is outside reads something and drops it.
fn line_at(start: u32, col: u32, c: u32, inside: bool) -> vec4f {
  let C = params.C;
  let last = params.W - 1;
  let at = start + c;
  return vec4f(
    select(0.0, positions[at + max(col, 1) * C - C], inside && col > 0),
    select(0.0, positions[at + col * C], inside),
    select(0.0, positions[at + min(col + 1, last) * C], inside && col < last),
    select(0.0, positions[at + min(col + 2, last) * C], inside && col + 1 < last),
  );
}

// Four lines around a tile in the frame that is `ahead` − 1 of its first.
fn slice_at(tile: Tile, ahead: u32, c: u32) -> mat4x4f {
  let H = params.H;
  let stride = params.W * params.C;
  let here = c < params.C && tile.f + ahead > 0 && tile.f + ahead <= params.F;
  let frame = params.frame0 + tile.clip + clamp(tile.f + ahead, 1, params.F) - 1;
  let top = frame * H * stride;
  let channel = min(c, params.C - 1);
  let row = tile.row;
  return mat4x4f(
    line_at(top + (max(row, 1) - 1) * stride, tile.col, channel, here && row > 0),
    line_at(top + row * stride, tile.col, channel, here),
    line_at(top + min(row + 1, H - 1) * stride, tile.col, channel, here && row + 1 < H),
    line_at(top + min(row + 2, H - 1) * stride, tile.col, channel, here && row + 2 < H),
  );
}

fn put(slice: u32, at: u32, v: mat4x4f) {
  let step = params.tiles * params.ld;
  let i = slice * 16 * step + at;
  apart[i] = v[0].x; apart[i + step] = v[0].y; apart[i + 2 * step] = v[0].z; apart[i + 3 * step] = v[0].w;
  apart[i + 4 * step] = v[1].x; apart[i + 5 * step] = v[1].y; apart[i + 6 * step] = v[1].z; apart[i + 7 * step] = v[1].w;
  apart[i + 8 * step] = v[2].x; apart[i + 9 * step] = v[2].y; apart[i + 10 * step] = v[2].z; apart[i + 11 * step] = v[2].w;
  apart[i + 12 * step] = v[3].x; apart[i + 13 * step] = v[3].y; apart[i + 14 * step] = v[3].z; apart[i + 15 * step] = v[3].w;
}

@compute @workgroup_size(WORKGROUP)
fn input(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.z * groups.y + id.y;
  if (id.x >= params.ld || index >= params.tiles) { return; }
  let tile = tile_of(params.tile0 + index);
  let at = index * params.ld + id.x;
  let d1 = spread(slice_at(tile, 1, id.x));
  let d2 = spread(slice_at(tile, 2, id.x));
  put(0, at, spread(slice_at(tile, 0, id.x)) - d2);
  put(1, at, d1 + d2);
  put(2, at, d2 - d1);
  put(3, at, d1 - spread(slice_at(tile, 3, id.x)));
}

fn product_at(slice: u32, at: u32) -> mat2x2f {
  let step = params.tiles * params.ld;
  let i = slice * 16 * step + at;
  return gather(mat4x4f(
    products[i], products[i + step], products[i + 2 * step], products[i + 3 * step],
    products[i + 4 * step], products[i + 5 * step], products[i + 6 * step], products[i + 7 * step],
    products[i + 8 * step], products[i + 9 * step], products[i + 10 * step], products[i + 11 * step],
    products[i + 12 * step], products[i + 13 * step], products[i + 14 * step], products[i + 15 * step],
  ));
}

fn put_line(tile: Tile, f: u32, row: u32, c: u32, values: vec2f) {
  if (f >= params.F || row >= params.H) { return; }
  let at = (((tile.clip + f) * params.H + row) * params.W + tile.col) * params.C + c;
  var v = values;
  if (params.biased == 1) { v += bias[c]; }
  y[at] = select(v.x, y[at] + v.x, params.add == 1);
  if (tile.col + 1 >= params.W) { return; }
  let beside = at + params.C;
  y[beside] = select(v.y, y[beside] + v.y, params.add == 1);
}

@compute @workgroup_size(WORKGROUP)
fn output(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.z * groups.y + id.y;
  if (id.x >= params.C || index >= params.tiles) { return; }
  let tile = tile_of(params.tile0 + index);
  let at = index * params.ld + id.x;
  let m1 = product_at(1, at);
  let m2 = product_at(2, at);
  let first = product_at(0, at) + m1 + m2;
  let second = m1 - m2 - product_at(3, at);
  put_line(tile, tile.f, tile.row, id.x, first[0]);
  put_line(tile, tile.f, tile.row + 1, id.x, first[1]);
  put_line(tile, tile.f + 1, tile.row, id.x, second[0]);
  put_line(tile, tile.f + 1, tile.row + 1, id.x, second[1]);
}

// The values of a tile in one frame, 0 behind the edge.
fn values_at(tile: Tile, f: u32, c: u32) -> mat2x2f {
  let C = params.C;
  let here = c < C && f < params.F;
  let below = tile.row + 1 < params.H;
  let beside = tile.col + 1 < params.W;
  let width = params.W * C;
  let line = ((tile.clip + min(f, params.F - 1)) * params.H + tile.row) * width;
  let at = line + tile.col * C + min(c, C - 1);
  let right = select(0u, C, beside);
  let under = select(0u, width, below);
  return mat2x2f(
    select(0.0, positions[at], here),
    select(0.0, positions[at + right], here && beside),
    select(0.0, positions[at + under], here && below),
    select(0.0, positions[at + under + right], here && below && beside),
  );
}

@compute @workgroup_size(WORKGROUP)
fn output_back(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.z * groups.y + id.y;
  if (id.x >= params.ld || index >= params.tiles) { return; }
  let tile = tile_of(params.tile0 + index);
  let at = index * params.ld + id.x;
  let first = scatter(values_at(tile, tile.f, id.x));
  let second = scatter(values_at(tile, tile.f + 1, id.x));
  put(0, at, first);
  put(1, at, first + second);
  put(2, at, first - second);
  put(3, at, -1.0 * second);
}
