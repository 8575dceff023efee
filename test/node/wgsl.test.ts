// What is read out of the WGSL when the page is built, and that the types beside it are of today.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { declarations } from "../../scripts/lib/kernels.mjs";
import { PRODUCTS, tiledProduct } from "../../scripts/lib/product.mjs";
import { kernelsOf } from "../../scripts/lib/wgsl.mjs";
import frameLse from "../../shaders/alignment/frame_lse.wgsl";
import * as silu from "../../shaders/nn/silu.wgsl";

const BOTH = `
// binding(9) of a comment is none
override WORKGROUP: u32 = 64;
override HALF: bool = true;
const SHARE: f32 = 0.5;
struct Forward { n: u32, scale: f32 }
struct Backward { n: u32, add: u32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<uniform> forward_params: Forward;
@group(0) @binding(3) var<uniform> backward_params: Backward;
fn at(i: u32) -> f32 { return x[i]; }
fn deep(i: u32) -> f32 { return 2 * at(i); }
@compute @workgroup_size(WORKGROUP)
fn forward(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < forward_params.n) { y[id.x] = forward_params.scale * deep(id.x); }
}
@compute @workgroup_size(WORKGROUP)
fn backward(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < backward_params.n) { dx[id.x] = dy[id.x]; }
}`;

describe("a file with two entry points", () => {
  const [forward, backward] = kernelsOf(BOTH, "test/both.wgsl");

  test("each has what it uses itself or through functions, and nothing else", () => {
    expect(forward).toEqual({
      name: "test/both.wgsl forward",
      entry: "forward",
      bindings: { x: { binding: 0, access: "read" }, y: { binding: 1, access: "read_write" } },
      params: { n: "u32", scale: "f32" },
      paramsBinding: 2,
      constants: { WORKGROUP: 64, HALF: 1 },
      fixed: { SHARE: 0.5 },
    });
    expect(backward).toMatchObject({
      bindings: { dy: { binding: 1, access: "read" }, dx: { binding: 2, access: "read_write" } },
      params: { n: "u32", add: "u32" },
      paramsBinding: 3,
    });
  });

  test.each([
    [
      "a local name that is a binding's",
      ["return x[i];", "let dx = 1.0; return x[i];"],
      /"dx" is a binding and a local/,
    ],
    ["a number used twice", ["= dy[id.x]", "= dy[id.x] + y[0]"], /backward uses one binding number twice/],
    ["an override without a default", ["u32 = 64;", "u32;"], /override WORKGROUP needs a number/],
    ["a parameter that is no scalar", ["scale: f32", "scale: vec4f"], /Forward.scale is vec4f/],
    ["a block that is not there", ["struct Backward", "struct Backwards"], /no struct Backward/],
  ])("%s is refused when the page is built", (_, [from, to], sentence) => {
    expect(() => kernelsOf(BOTH.replace(from, to), "test/both.wgsl")).toThrow(sentence);
  });
});

describe("a vector that invocations share", () => {
  const shader = (statement: string) => `
@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> lengths: array<f32>;
var<workgroup> tile: array<array<vec4f, 8>, 2>;
var<workgroup> one: vec2u;
var<workgroup> sums: array<f32, 64>;
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) i: u32) { let at = array(1u, 2u); var own = vec4f(); ${statement} }`;

  test.each([
    "tile[i / 4][at[0]][i % 4] = 1;",
    "tile[1][i].x += 2;",
    "out[at[i]] [0] = 1;",
    "out[i].w *= 3;",
    "one.y++;",
    "let p = &tile[0][i]; (*p)[1] = 2;",
  ])("is written whole: %s is refused when the page is built", (statement) => {
    expect(() => kernelsOf(shader(statement), "test/race.wgsl")).toThrow(/write the whole/);
  });

  test.each([
    "tile[i / 4][at[0]] = vec4f(1);",
    "own.x = tile[0][i].x; own[1] = out[i][2];",
    "if (tile[0][i].x == 1 && out[i].y <= 2 && one.x >= 3 && one.x != 4 && (one.x & one.y) == 0) { out[i] += own; }",
    "sums[i] = 1; lengths[at[1]] = sums[i]; one = vec2u(2);",
  ])("%s is none of that", (statement) => {
    expect(kernelsOf(shader(statement), "test/whole.wgsl")).toHaveLength(1);
  });

  test.each([
    ...readdirSync("shaders", { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".wgsl"))
      .map((path) => [path, readFileSync(`shaders/${path}`, "utf8")]),
    ...Object.entries(PRODUCTS),
    ["the tiled product 16 deep", tiledProduct({ depth: 16 })],
  ])("%s writes no component of one", (name, source) => {
    expect(kernelsOf(source, name).length).toBeGreaterThan(0);
  });
});

test("a file with one entry point is a kernel by itself", () => {
  expect(frameLse).toMatchObject({
    name: "alignment/frame_lse.wgsl",
    entry: "main",
    bindings: { R: { binding: 0, access: "read" }, lse: { binding: 1, access: "read_write" } },
    constants: { WORKGROUP: 64 },
  });
  expect(frameLse.source).toContain("fn main(");
  expect([silu.forward.name, silu.backward.name]).toEqual(["nn/silu.wgsl forward", "nn/silu.wgsl backward"]);
  expect(() => kernelsOf("fn main() {}", "test/none.wgsl")).toThrow("shaders/test/none.wgsl: no @compute entry point");
});

test.each(Object.entries(PRODUCTS))(
  "shaders/%s is what the generator writes: else run `npm run shaders`",
  (name, source) => {
    expect(readFileSync(`shaders/${name}`, "utf8")).toBe(source);
  },
);

test("shaders/kernels.d.ts is of today's WGSL: else run `npm run shaders`", () => {
  expect(readFileSync("shaders/kernels.d.ts", "utf8")).toBe(declarations());
});
