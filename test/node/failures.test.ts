// What a failed request's report says of the request: its scalars, and of bytes how many.
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { BadRequest, toFailure } from "../../src/worker/failures.ts";
import type { Request } from "../../src/worker/protocol.ts";

beforeAll(() => {
  vi.stubGlobal("navigator", { userAgent: "a browser" });
});
afterAll(() => {
  vi.unstubAllGlobals();
});

const failed = (request: unknown) =>
  toFailure(new BadRequest("it is no checkpoint"), { request: request as Request, adapter: null, uncaptured: [] });
const described = (request: unknown) => failed(request).report.match(/^request: (.*)$/m)?.[1] ?? "";

test("a request is described by its scalars and by how many bytes it carries", () => {
  const bytes = new Uint8Array(1e6);
  expect(described({ type: "train-restore", run: 3, bytes, status: "running", steps: null })).toBe(
    '{"type":"train-restore","run":3,"bytes":{"bytes":1000000},"status":"running","steps":null}',
  );
  expect(described({ type: "generate", seed: 1, trained: { name: "mine", bytes } })).toBe(
    '{"type":"generate","seed":1,"trained":{"name":"mine","bytes":{"bytes":1000000}}}',
  );
  const tensors = new Map([["w", { dtype: "F32", shape: [2], data: new Float32Array(2) }]]);
  expect(described({ type: "t", tensors, all: new ArrayBuffer(9), file: new Blob(["abc"], { type: "a/b" }) })).toBe(
    '{"type":"t","tensors":{"w":{"dtype":"F32","shape":[2],"data":{"bytes":8}}},"all":{"bytes":9},"file":{"bytes":3,"type":"a/b"}}',
  );
});

test("a request that cannot be described fails with its sentence all the same", () => {
  const { code, message, report } = failed({ type: "student-start", seed: 1n });
  expect([code, message]).toEqual(["bad-request", "it is no checkpoint"]);
  expect(report).toMatch(/^request: student-start, which cannot be described: .*BigInt/m);
});
