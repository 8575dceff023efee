import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients";
import "@tensorflow/tfjs-backend-webgpu";
import type { Peer, PeerInput } from "./peer.ts";

/** TensorFlow.js on its WebGPU backend: the formula in its ops, differentiated by variableGrads' functional twin. */
export async function tensorflowPeer({ F, S, C, tau, teacher, student }: PeerInput): Promise<Peer> {
  if (!(await tf.setBackend("webgpu"))) throw new Error("TensorFlow.js found no WebGPU");
  await tf.ready();
  const N = F * S;
  const y = tf.tensor2d(student, [N, C]);
  const t = tf.tensor2d(teacher, [N, C]);

  function logCorrespondence(features: tf.Tensor2D): tf.Tensor {
    const norm = tf.sqrt(tf.sum(tf.square(features), 1, true));
    const z = tf.div(features, tf.maximum(norm, 1e-6)) as tf.Tensor2D;
    const R = tf.matMul(z, z, false, true);
    return tf.logSoftmax(tf.reshape(tf.div(R, tau), [N * F, S]));
  }
  function tsa(features: tf.Tensor): tf.Scalar {
    const logTeacher = logCorrespondence(t);
    const logStudent = logCorrespondence(features as tf.Tensor2D);
    return tf.div(tf.sum(tf.mul(tf.exp(logTeacher), tf.sub(logTeacher, logStudent))), N * F) as tf.Scalar;
  }
  const step = tf.valueAndGrad(tsa);

  return {
    name: "TensorFlow.js",
    async step() {
      const started = performance.now();
      const { value, grad } = tf.tidy(() => step(y));
      // The WebGPU backend has no other way to wait: the smallest read there is.
      await value.data();
      await tf.tidy(() => tf.slice(tf.reshape(grad, [N * C]), 0, 1)).data();
      const time = performance.now() - started;
      tf.dispose([value, grad]);
      return time;
    },
    async result() {
      const { value, grad } = step(y);
      return { loss: (await value.data())[0], gradient: (await grad.data()) as Float32Array };
    },
  };
}
