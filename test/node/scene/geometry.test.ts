import fc from "fast-check";
import { PerspectiveCamera } from "three";
import { expect, test } from "vitest";
import { keptLabels, placeLabels } from "../../../src/scene/labels.ts";
import {
  blockLayout,
  cornersOf,
  extentOf,
  fitDistance,
  gapOf,
  pointOf,
  tokenAtPoint,
} from "../../../src/scene/layout.ts";
import { ellipseOf, type Spread } from "../../../src/scene/spread.ts";
import { beadsOf, cloudAlpha, RING, STATIONS, type Surface, sweepGap } from "../../../src/scene/sweep.ts";

const layout = blockLayout({ F: 4, H: 6, W: 8 }, 0.75, 3);
const sharp: Spread = { row: 2, col: 3, varRow: 0, varCol: 0, cov: 0, peak: 1 };
const wide: Spread = { row: 3, col: 4, varRow: 2, varCol: 1, cov: 0.5, peak: 0.2 };

test("the block: longer side 1, frame 0 in front, time away from the eye, rows downwards", () => {
  expect(layout).toMatchObject({ width: 1, height: 0.75, depth: 3 });
  expect(gapOf(layout)).toBe(1);
  expect(pointOf(layout, 0, -0.5, -0.5)).toEqual({ x: -0.5, y: 0.375, z: 1.5 });
  expect(pointOf(layout, 3, 5.5, 7.5)).toEqual({ x: 0.5, y: -0.375, z: -1.5 });
  expect(blockLayout({ F: 1, H: 4, W: 2 }, 2, 3)).toMatchObject({ width: 0.5, height: 1 });
});

test("a point of a frame's plane is in the token whose middle is nearest, at the edges too", () => {
  fc.assert(
    fc.property(fc.nat(5), fc.nat(7), fc.double({ min: -0.49, max: 0.49, noNaN: true }), (row, col, off) => {
      const { x, y } = pointOf(layout, 1, row + off, col - off);
      expect(tokenAtPoint(layout, x, y)).toEqual([row, col]);
    }),
  );
  expect(tokenAtPoint(layout, 0.5, -0.375)).toEqual([5, 7]);
  expect(tokenAtPoint(layout, -0.6, 0.6)).toEqual([0, 0]);
});

test("from the fitting distance the block fills the picture in one direction and overflows in none", () => {
  const tangents = { across: 0.8, upright: 0.4 };
  fc.assert(
    fc.property(fc.integer({ min: -180, max: 180 }), fc.integer({ min: -89, max: 89 }), (azimuth, elevation) => {
      const camera = new PerspectiveCamera();
      const [a, e] = [(azimuth * Math.PI) / 180, (elevation * Math.PI) / 180];
      camera.position.set(Math.sin(a) * Math.cos(e), Math.sin(e), Math.cos(a) * Math.cos(e));
      camera.lookAt(0, 0, 0);
      camera.updateMatrixWorld();
      const [right, up, back] = [0, 4, 8].map((i) => {
        const [x, y, z] = camera.matrixWorld.elements.slice(i, i + 3);
        return { x, y, z };
      });
      const view = { right, up, forward: { x: -back.x, y: -back.y, z: -back.z } };
      const distance = fitDistance(cornersOf(layout), view, tangents);
      const { left, right: far, bottom, top } = extentOf(cornersOf(layout), view, distance);
      const share = Math.max((far - left) / tangents.across, (top - bottom) / tangents.upright);
      expect(share).toBeLessThanOrEqual(1 + 1e-9);
      expect(share).toBeGreaterThan(0.99);
    }),
    { numRuns: 50 },
  );
});

const at = ({ positions }: Surface, i: number, k: number) => [...positions.subarray(3 * (i * RING + k)).slice(0, 3)];

test("a tube's end is the ellipse of that frame, as many standard deviations wide as asked for", () => {
  const surface = sweepGap(layout, sharp, wide, 1, 2, false);
  const middle = pointOf(layout, 2, wide.row, wide.col);
  let farthest = 0;
  for (let k = 0; k < RING; k++) {
    const [x, y, z] = at(surface, STATIONS, k);
    expect(z).toBeCloseTo(middle.z, 6);
    const [cols, rows] = [((x - middle.x) / layout.width) * 8, (-(y - middle.y) / layout.height) * 6];
    farthest = Math.max(farthest, Math.hypot(rows, cols));
    // Inside the inverse covariance every point is two standard deviations out; the thinnest thread adds 0.12² tokens².
    const [vr, vc, c] = [2 + 0.0144, 1 + 0.0144, 0.5];
    const mahalanobis = (rows * rows * vc - 2 * rows * cols * c + cols * cols * vr) / (vr * vc - c * c);
    expect(Math.sqrt(mahalanobis)).toBeCloseTo(2, 4);
  }
  expect(farthest).toBeGreaterThan(1.9 * ellipseOf(wide).major);
  const start = at(surface, 0, 0);
  expect(start[2]).toBeCloseTo(pointOf(layout, 1, 0, 0).z, 6);
});

test("sharp is thin and dense, unsure is wide and pale", () => {
  const surface = sweepGap(layout, sharp, wide, 0, 1, false);
  const width = (i: number) => Math.abs(at(surface, i, 0)[0] - at(surface, i, RING / 2)[0]);
  expect(width(0)).toBeLessThan(0.05);
  expect(width(STATIONS)).toBeGreaterThan(0.2);
  expect(surface.alphas[0]).toBeGreaterThan(2 * surface.alphas[STATIONS * RING]);
  expect(cloudAlpha(1)).toBeGreaterThan(cloudAlpha(0));
});

test("triangles face outwards, as their normals do", () => {
  const { positions, normals, indices } = sweepGap(layout, wide, { ...wide, row: 1, col: 6 }, 0, 1, false);
  const vertex = (i: number) => [...positions.slice(3 * i, 3 * i + 3)];
  for (let t = 0; t < indices.length; t += 3) {
    const [a, b, c] = [vertex(indices[t]), vertex(indices[t + 1]), vertex(indices[t + 2])];
    const [u, v] = [b.map((value, i) => value - a[i]), c.map((value, i) => value - a[i])];
    const face = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
    const normal = normals.slice(3 * indices[t], 3 * indices[t] + 3);
    expect(face[0] * normal[0] + face[1] * normal[1] + face[2] * normal[2]).toBeGreaterThan(0);
    expect(Math.hypot(...normal)).toBeCloseTo(1, 5);
  }
  // From the middle of the tube to its skin is outwards.
  const middle = pointOf(layout, 0, wide.row, wide.col);
  const skin = [positions[0] - middle.x, positions[1] - middle.y];
  expect(skin[0] * normals[0] + skin[1] * normals[1]).toBeGreaterThan(0);
});

test("a dashed tube is the same tube with bands left out", () => {
  const solid = sweepGap(layout, sharp, wide, 0, 1, false);
  const dashed = sweepGap(layout, sharp, wide, 0, 1, true);
  expect(dashed.positions).toEqual(solid.positions);
  expect(dashed.indices.length).toBe(solid.indices.length / 2);
});

test("beads lie evenly on the straight way between two soft matches", () => {
  const beads = beadsOf(layout, sharp, wide, 0, 0.1);
  const [a, b] = [pointOf(layout, 0, 2, 3), pointOf(layout, 1, 3, 4)];
  const count = beads.length / 3;
  const length = Math.hypot(b.x - a.x, b.y - a.y, b.z - a.z);
  expect(count).toBe(Math.round(length / 0.1));
  for (let i = 0; i < count; i++) {
    const t = (i + 0.5) / count;
    expect(beads[3 * i]).toBeCloseTo(a.x + (b.x - a.x) * t, 6);
    expect(beads[3 * i + 2]).toBeCloseTo(a.z + (b.z - a.z) * t, 6);
  }
});

test("labels never cover each other; the strong one stays", () => {
  const camera = new PerspectiveCamera(30, 2, 0.01, 100);
  const size = { width: 800, height: 400 };
  const times = [0, 0.25, 0.5, 0.75];
  const labelsFrom = (x: number, y: number, z: number, strong: number) => {
    camera.position.set(x, y, z);
    camera.lookAt(0, 0, 0);
    camera.updateMatrixWorld();
    return placeLabels(layout, times, camera, size, new Set([strong]));
  };
  const side = labelsFrom(8, 1, 2, 0);
  expect(side.map(({ text }) => text)).toEqual(["0 · 0.00 s", "1 · 0.25 s", "2 · 0.50 s", "3 · 0.75 s"]);
  // From the front they all lie behind one another.
  const front = labelsFrom(0, 0, 12, 2);
  expect(front.length).toBeLessThan(4);
  expect(front[0]).toMatchObject({ frame: 2, strong: true });
  for (const [i, a] of front.entries()) {
    for (const b of front.slice(i + 1)) {
      expect(Math.abs(a.x - b.x) > 60 || Math.abs(a.y - b.y) > 15).toBe(true);
    }
  }
});

test("labels of a picture that is kept stay where they were, on any size of it, when the camera goes on", () => {
  const camera = new PerspectiveCamera(30, 2, 0.01, 100);
  const stand = (x: number, aspect: number) => {
    camera.position.set(x, 1, 2);
    camera.lookAt(0, 0, 0);
    camera.aspect = aspect;
    camera.updateProjectionMatrix();
    camera.updateMatrixWorld();
  };
  stand(8, 2);
  const times = [0, 0.25, 0.5, 0.75];
  const now = (width: number) => placeLabels(layout, times, camera, { width, height: width / 2 }, new Set([0]));
  const before = [now(800), now(2400)];
  const kept = keptLabels(layout, times, camera, new Set([0]));
  stand(-5, 1.2);
  expect(now(800)).not.toEqual(before[0]);
  expect([kept(800, 400), kept(2400, 1200)]).toEqual(before);
});
