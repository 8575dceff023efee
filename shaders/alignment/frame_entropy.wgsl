// Shannon entropy of each correspondence distribution, in bits:  entropy[r] = −Σ_s p[r, s] log2 p[r, s]
// 0 where one position holds all probability, log2(cols) where it is spread evenly.
//
//   probs    [rows, cols]  distributions; 0 · log 0 counts as 0
//   entropy  [rows]        =
//
// One workgroup per row.

override WORKGROUP: u32 = 64;

struct Params {
  rows: u32,
  cols: u32,
}

@group(0) @binding(0) var<storage, read> probs: array<f32>;
@group(0) @binding(1) var<storage, read_write> entropy: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

var<workgroup> partial: array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = group.y * groups.x + group.x;
  if (row >= params.rows) { return; }
  let start = row * params.cols;

  var sum = 0.0;
  for (var s = lane; s < params.cols; s += WORKGROUP) {
    let p = probs[start + s];
    // select() evaluates both sides, so the argument of log2 is kept positive as well, and normal: a GPU may take a smaller one for 0.
    sum -= select(0.0, p * log2(max(p, 1.2e-38)), p > 0.0);
  }
  partial[lane] = sum;
  workgroupBarrier();
  for (var half = WORKGROUP / 2; half > 0; half /= 2) {
    if (lane < half) { partial[lane] += partial[lane + half]; }
    workgroupBarrier();
  }
  if (lane == 0) { entropy[row] = max(partial[0], 0.0); }
}
