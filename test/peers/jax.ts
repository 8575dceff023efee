import { blockUntilReady, defaultDevice, init, jit, nn, numpy as np, valueAndGrad } from "@jax-js/jax";
import type { Peer, PeerInput } from "./peer.ts";

/** jax-js: the formula in its numpy, differentiated by valueAndGrad and compiled by jit. */
export async function jaxPeer({ F, S, C, tau, teacher, student }: PeerInput): Promise<Peer> {
  const devices = await init("webgpu");
  if (!devices.includes("webgpu")) throw new Error("jax-js found no WebGPU");
  defaultDevice("webgpu");
  const N = F * S;

  function logCorrespondence(y: np.Array): np.Array {
    const norm = np.sqrt(np.square(y.ref).sum(1, { keepdims: true }));
    const z = y.div(np.maximum(norm, 1e-6));
    const R = np.matmul(z.ref, np.transpose(z));
    return nn.logSoftmax(R.div(tau).reshape([N, F, S]), -1);
  }
  function tsa(student: np.Array, teacher: np.Array): np.Array {
    const logTeacher = logCorrespondence(teacher);
    const logStudent = logCorrespondence(student);
    return np
      .exp(logTeacher.ref)
      .mul(logTeacher.sub(logStudent))
      .sum()
      .div(N * F);
  }
  const step = jit(valueAndGrad(tsa));
  const y = np.array(student).reshape([N, C]);
  const t = np.array(teacher).reshape([N, C]);
  await blockUntilReady([y.ref, t.ref]);

  return {
    name: "jax-js",
    async step() {
      const started = performance.now();
      const [loss, gradient] = await blockUntilReady(step(y.ref, t.ref));
      const time = performance.now() - started;
      loss.dispose();
      gradient.dispose();
      return time;
    },
    async result() {
      const [loss, gradient] = step(y.ref, t.ref);
      return { loss: (await loss.data())[0], gradient: (await gradient.data()) as Float32Array };
    },
  };
}
