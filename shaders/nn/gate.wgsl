// A gated branch beside the residual stream; the gates come from t, those of prompt and video rows apart (adaLN):
//   out[b, r, c] = x[b, r, c] + m[b, o + c] · y[b, r, c],  o = text_at for the first `text` rows of a clip, else video_at
//   dy (+)= m · dout,  d gate (+)= Σ_r dout · y;  dx is dout
//
//   x, y, out, dout, dy  [B, T, C]  out =; dy = or += (add 1)
//   m, dm                [B, ld]    dm = or += (add 1); columns that are no gate become 0 or stay
//
// forward, backward: one thread per value. backward_m: one thread per column of a clip, down its rows, in a fixed order.

override WORKGROUP: u32 = 64;

struct Params {
  B: u32,
  T: u32,
  C: u32,
  text: u32,
  text_at: u32,
  video_at: u32,
  ld: u32,
  add: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(0) var<storage, read> dout: array<f32>;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read> m: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
@group(0) @binding(3) var<storage, read_write> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dm: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

fn gate_of(row: u32) -> u32 {
  return (row / params.T) * params.ld + select(params.video_at, params.text_at, row % params.T < params.text);
}

@compute @workgroup_size(WORKGROUP)
fn forward(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.C || id.y >= params.B * params.T) { return; }
  let i = id.y * params.C + id.x;
  out[i] = x[i] + m[gate_of(id.y) + id.x] * y[i];
}

@compute @workgroup_size(WORKGROUP)
fn backward(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.C || id.y >= params.B * params.T) { return; }
  let i = id.y * params.C + id.x;
  let d = m[gate_of(id.y) + id.x] * dout[i];
  dy[i] = select(d, dy[i] + d, params.add == 1);
}

@compute @workgroup_size(WORKGROUP)
fn backward_m(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x;
  if (column >= params.ld || id.y >= params.B) { return; }
  let C = params.C;
  let texts = params.text > 0 && column >= params.text_at && column < params.text_at + C;
  let videos = column >= params.video_at && column < params.video_at + C;
  let c = column % C;
  var sum = 0.0;
  if (texts || videos) {
    let first = id.y * params.T;
    let from_row = first + select(params.text, 0u, texts);
    let to_row = first + select(params.T, params.text, texts);
    for (var row = from_row; row < to_row; row++) { sum += dout[row * C + c] * y[row * C + c]; }
  }
  let at = id.y * params.ld + column;
  dm[at] = select(sum, dm[at] + sum, params.add == 1);
}
