// adaLN's shift and scale, which come from t, of prompt and video rows apart (Peebles & Xie 2023; CogVideoX):
//   y[b, r, c] = x[b, r, c] (1 + m[b, o + C + c]) + m[b, o + c],  o = text_at for the first `text` rows of a clip, else 0
//   dx (+)= dy (1 + scale),  d shift (+)= Σ_r dy,  d scale (+)= Σ_r dy · x
//
//   x, y, dy, dx  [B, T, C]  y =; dx = or += (add 1)
//   m, dm         [B, ld]    dm = or += (add 1); columns that are neither shift nor scale become 0 or stay
//
// forward, backward: one thread per value. backward_m: one thread per column of a clip, down its rows, in a fixed order.

override WORKGROUP: u32 = 64;

struct Params {
  B: u32,
  T: u32,
  C: u32,
  text: u32,
  text_at: u32,
  ld: u32,
  add: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> m: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<storage, read_write> dm: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

// Where the shift of row `row` of all clips stands in m.
fn shift_of(row: u32) -> u32 {
  return (row / params.T) * params.ld + select(0u, params.text_at, row % params.T < params.text);
}

@compute @workgroup_size(WORKGROUP)
fn forward(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.C || id.y >= params.B * params.T) { return; }
  let at = shift_of(id.y) + id.x;
  let i = id.y * params.C + id.x;
  y[i] = x[i] * (1.0 + m[at + params.C]) + m[at];
}

@compute @workgroup_size(WORKGROUP)
fn backward(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.C || id.y >= params.B * params.T) { return; }
  let i = id.y * params.C + id.x;
  let d = dy[i] * (1.0 + m[shift_of(id.y) + id.x + params.C]);
  dx[i] = select(d, dx[i] + d, params.add == 1);
}

@compute @workgroup_size(WORKGROUP)
fn backward_m(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x;
  if (column >= params.ld || id.y >= params.B) { return; }
  let C = params.C;
  let texts = params.text > 0 && column >= params.text_at;
  let part = (column - select(0u, params.text_at, texts)) / C;
  let c = column % C;
  var sum = 0.0;
  if (part < 2) {
    let first = id.y * params.T;
    let from_row = first + select(params.text, 0u, texts);
    let to_row = first + select(params.T, params.text, texts);
    for (var row = from_row; row < to_row; row++) {
      let i = row * C + c;
      sum += select(dy[i], dy[i] * x[i], part == 1);
    }
  }
  let at = id.y * params.ld + column;
  dm[at] = select(sum, dm[at] + sum, params.add == 1);
}
