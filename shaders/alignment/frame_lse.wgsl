// Row statistics of the tempered softmax:  lse[f, q] = log Σ_s exp(R[fS + s, q] / tau), so that log p = R / tau − lse
// This is eq. 8 of docs/method.md for the losses, together with tempered_kl*.wgsl. It is computed in two other places,
// frame_softmax.wgsl and soft_match.wgsl: test/kernels/tempering.test.ts holds them together.
//
//   R    [B, Np, ld]   similarities, keys down and queries across; Np is F·S rounded up to 4
//   lse  [B, F, ld]    =
//
// One thread per (query, frame): x over queries, y over frames from f0, z over clips. Each walks down its frame's keys while its
// neighbours walk beside it, so every read is one line, no thread waits for another, and the order of the sum is fixed.

override WORKGROUP: u32 = 64;

struct Params {
  F: u32,
  f0: u32,
  S: u32,
  Q: u32,
  ld: u32,
  tau: f32,
}

@group(0) @binding(0) var<storage, read> R: array<f32>;
@group(0) @binding(1) var<storage, read_write> lse: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  // Kept in registers: a uniform read inside a loop is a checked load each time.
  let S = params.S;
  let tau = params.tau;
  let q = id.x;
  let f = params.f0 + id.y;
  if (q >= params.Q) { return; }
  let ld = params.ld;
  let keys = (params.F * S + 3) / 4 * 4;
  let first = (id.z * keys + f * S) * ld + q;

  var peak = R[first];
  for (var s = 1u; s < S; s++) { peak = max(peak, R[first + s * ld]); }
  var sum = 0.0;
  for (var s = 0u; s < S; s++) { sum += exp((R[first + s * ld] - peak) / tau); }
  lse[(id.z * params.F + f) * ld + q] = peak / tau + log(sum);
}
