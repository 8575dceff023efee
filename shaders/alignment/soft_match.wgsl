// Where each query believes it went, without storing the distribution:
//   p[s] = exp(logits[r, s] / tau) / Σ_s' exp(logits[r, s'] / tau)     (docs/method.md eq. 8)
//   matches[r] = (Σ_s p[s] · row(s),  Σ_s p[s] · col(s),  argmax_s logits[r, s])
// Eq. 8 is computed in two other places, frame_softmax.wgsl and frame_lse.wgsl with tempered_kl*.wgsl, which is what trains:
// test/kernels/tempering.test.ts holds them together.
//
//   logits   [rows, cols]  similarities; a row is one (query, frame), its S columns are the frame's positions
//   matches  [rows, 3]     =  expected row and column in tokens, index of the best match (ties to the lower one)
//
// One thread per row. There are thousands of rows when all tokens of a frame are asked at once, so threads need no help
// from each other, and on a software adapter a workgroup with barriers costs 0.1 ms (measured: 6 times slower in all).

override WORKGROUP: u32 = 64;

struct Params {
  rows: u32,
  cols: u32,
  W: u32,
  tau: f32,
}

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read_write> matches: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x;
  if (row >= params.rows) { return; }
  let start = row * params.cols;

  var best = 0u;
  var peak = logits[start];
  for (var s = 1u; s < params.cols; s++) {
    let value = logits[start + s];
    if (value > peak) {
      peak = value;
      best = s;
    }
  }

  // One line of tokens at a time: the partial sums stay small and so does their rounding error.
  var sum = 0.0;
  var y = 0.0;
  var x = 0.0;
  for (var line = 0u; line < params.cols / params.W; line++) {
    var mass = 0.0;
    for (var c = 0u; c < params.W; c++) {
      let weight = exp((logits[start + line * params.W + c] - peak) / params.tau);
      mass += weight;
      x += weight * f32(c);
    }
    sum += mass;
    y += mass * f32(line);
  }
  matches[row * 3] = y / sum;
  matches[row * 3 + 1] = x / sum;
  // Exact: a frame has far fewer than 2^24 tokens.
  matches[row * 3 + 2] = f32(best);
}
