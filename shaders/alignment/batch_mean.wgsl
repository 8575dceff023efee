// The loss of a batch:  loss = 1/B Σ_b (Σ_i per_token[b, i]) / (counts[b] · terms); a clip without queries adds 0
//
//   per_token  [B, N]
//   counts     [B]      queries of each clip
//   loss       [1]      =
//
// One workgroup: each thread strides over a clip's tokens, then a shared sum is halved. The order is fixed, so two runs are
// equal to the last bit.

override WORKGROUP: u32 = 256;

struct Params {
  B: u32,
  N: u32,
  terms: u32,
}

@group(0) @binding(0) var<storage, read> per_token: array<f32>;
@group(0) @binding(1) var<storage, read> counts: array<u32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

var<workgroup> partial: array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) lane: u32) {
  var sum = 0.0;
  for (var b = 0u; b < params.B; b++) {
    var clip = 0.0;
    for (var i = lane; i < params.N; i += WORKGROUP) { clip += per_token[b * params.N + i]; }
    sum += clip / f32(max(counts[b], 1) * params.terms * params.B);
  }
  partial[lane] = sum;
  workgroupBarrier();
  for (var half = WORKGROUP / 2; half > 0; half /= 2) {
    if (lane < half) { partial[lane] += partial[lane + half]; }
    workgroupBarrier();
  }
  if (lane == 0) { loss[0] = partial[0]; }
}
