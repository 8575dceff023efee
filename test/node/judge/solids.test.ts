import { beforeAll, describe, expect, test } from "vitest";
import { CONTROLS } from "../../../src/judge/exam/controls.ts";
import { withBlur, withNoise } from "../../../src/judge/exam/soften.ts";
import { SOLID_CORRUPTIONS } from "../../../src/judge/exam/solid_corruptions.ts";
import { judgeClip } from "../../../src/judge/judge.ts";
import { RULES } from "../../../src/judge/rules.ts";
import { parseSolids } from "../../../src/judge/solid/parse.ts";
import { clipChroma } from "../../../src/judge/solid/shares.ts";
import type { Verdict } from "../../../src/judge/types.ts";
import { sentenceOf } from "../../../src/world/language/splits.ts";
import { render } from "../../../src/world/render/render.ts";
import { loadRapier, type Rapier } from "../../../src/world/rigid.ts";
import {
  CLIP,
  type Scene,
  type Snapshot,
  type Solid,
  type TemplateName,
  type WorldClip,
} from "../../../src/world/types.ts";
import { createWorld, type World } from "../../../src/world/world.ts";
import { broken } from "../../support/judged.ts";

const DRY: readonly TemplateName[] = ["collide", "hit-box", "bounce", "slide-off"];

let world: World;
let rapier: Rapier;
beforeAll(async () => {
  world = await createWorld();
  rapier = await loadRapier();
});

const clipOf = (template: TemplateName, seed: number): WorldClip => world.makeClip(sentenceOf(template, seed), seed);
const ruleOf = ({ rules }: Verdict, name: string) => {
  const found = rules.find(({ rule }) => rule === name);
  if (!found) throw new Error(`no rule ${name}`);
  return found;
};

describe("the parser against the truth", { timeout: 60_000 }, () => {
  // docs/sandbox.md's pilot: 0.026 px at 32×32. Here the worst of a few hundred bodies, under the strongest noise that must be borne.
  const LIMITS = { clean: { place: 0.07, area: 0.015 }, noisy: { place: 0.25, area: 0.08 } };

  for (const [name, soften] of [
    ["clean", (frames: Uint8Array) => frames],
    ["noisy", (frames: Uint8Array, seed: number) => withNoise(frames, 0.03, seed)],
  ] as const) {
    test(`${name} clips: places, areas, shapes, angles`, () => {
      let [bodies, place, area, angle] = [0, 0, 0, 0];
      for (const template of DRY) {
        for (const seed of [1, 2, 3]) {
          const { scene, snapshots, frames } = clipOf(template, seed);
          const parsed = parseSolids(
            clipChroma(soften(frames, seed)),
            scene.solids.map(({ colour }) => colour),
            [],
          );
          scene.solids.forEach(({ half, shape }, k) => {
            for (let t = 0; t < CLIP.frames; t++) {
              const [part, ...more] = parsed.parts[k][t];
              expect(more).toEqual([]);
              if (!part || part.partial) continue;
              const truth = snapshots[t].solids[k];
              const size = half[0] * half[1] * (shape === "ball" ? Math.PI : 4);
              bodies++;
              place = Math.max(place, Math.hypot(part.x - truth.x, part.y - truth.y));
              area = Math.max(area, Math.abs(part.area / size - 1));
              expect(part.squareness > 0.5).toBe(shape === "box");
              if (shape === "box") {
                const off = part.box.angle - truth.angle;
                angle = Math.max(angle, Math.abs(off - (Math.PI / 2) * Math.round(off / (Math.PI / 2))));
              }
            }
          });
        }
      }
      expect(bodies).toBeGreaterThan(200);
      expect(place).toBeLessThan(LIMITS[name].place);
      expect(area).toBeLessThan(LIMITS[name].area);
      // Radians: a degree clean, four under noise.
      expect(angle).toBeLessThan(name === "clean" ? 0.02 : 0.07);
    });
  }
});

/** Two balls of radius 5.5 on a line, the left one at 3 px/frame until they touch at frame 5.5; then at whatever velocities are asked. */
function headOn(after: readonly [number, number]): { frames: Uint8Array; prompt: string } {
  const touch = 5.5;
  const at = (k: number, t: number) => [23, 34][k] + (t < touch ? [3, 0][k] : after[k]) * (t - touch);
  const ball = (k: number, colour: Solid["colour"]): Solid => ({
    kind: "solid",
    shape: "ball",
    colour,
    size: "small",
    half: [5.5, 5.5],
    density: 1,
    at: { x: at(k, 0), y: 32, angle: 0 },
    velocity: { x: k === 0 ? 3 : 0, y: 0, spin: 0 },
    driven: false,
  });
  const scene: Scene = {
    template: "collide",
    view: "top",
    gravity: 0,
    solids: [ball(0, "red"), ball(1, "green")],
    fluids: [],
    fixtures: [],
    restitution: 0.8,
    friction: 0,
    look: 5,
  };
  const snapshots = Array.from(
    { length: CLIP.frames },
    (_, t): Snapshot => ({
      solids: [0, 1].map((k) => ({ x: at(k, t), y: 32, angle: 0, vx: 0, vy: 0, spin: 0 })),
      fluids: [],
      contacts: [],
    }),
  );
  return { frames: render(scene, snapshots).frames, prompt: "a small red ball hits a small green ball" };
}

describe("collisions made by hand, with known answers", () => {
  const judge = (after: readonly [number, number]) => {
    const { frames, prompt } = headOn(after);
    return judgeClip(frames, prompt);
  };

  test("equal balls that part at 0.8 of the closing speed break nothing", () => {
    const verdict = judge([0.3, 2.7]);
    expect(broken(verdict)).toEqual([]);
    expect(verdict.joint).toBe(true);
    expect(ruleOf(verdict, "momentum").error).toBeLessThan(0.02);
    expect(ruleOf(verdict, "restitution").error).toBeLessThan(0.03);
  });

  test("a rebound of 0.4 is 0.4 short of the law, and momentum holds", () => {
    const verdict = judge([0.9, 2.1]);
    expect(broken(verdict)).toEqual(["restitution"]);
    expect(ruleOf(verdict, "restitution").error).toBeCloseTo(0.4, 1);
  });

  test("a struck ball that leaves with half again too much has momentum and energy from nothing", () => {
    const verdict = judge([0.3, 4]);
    // (0.3 + 4 − 3) / 3 and (0.09 + 16) / 9 − 1.
    expect(ruleOf(verdict, "momentum").error).toBeCloseTo(0.43, 1);
    expect(ruleOf(verdict, "energy").error).toBeCloseTo(0.79, 1);
    expect(verdict.pc).toBeLessThan(0.5);
  });

  test("a ball that stops without touching broke inertia, and the event did not happen", () => {
    const verdict = judge([0, 0]);
    expect(verdict.joint).toBe(false);
    expect(broken(verdict)).toContain("sa-event");
  });

  test("every rule says one sentence and has its words", () => {
    for (const { title, law } of Object.values(RULES)) expect(`${title}: ${law}`).toMatch(/^[A-Z].+: [A-Z].*\.$/);
    for (const { rule, says, overTime } of judge([0.3, 2.7]).rules) {
      expect(says).toMatch(/^[A-Z].*\.$/);
      expect(overTime).toHaveLength(CLIP.frames);
      expect(RULES[rule].side).toBe(rule.startsWith("sa-") ? "SA" : "PC");
    }
  });
});

describe("each law can be broken", { timeout: 60_000 }, () => {
  /** What has to be among the broken rules, for corruptions whose law is one rule. */
  const BREAKS: Readonly<Record<string, readonly string[]>> = {
    vanish: ["permanence"],
    duplicate: ["permanence"],
    teleport: ["jump"],
    "colour-drift": ["colour"],
    "size-drift": ["area"],
    "no-turn": ["turning"],
    "gravity-1.5": ["gravity"],
    "gravity-reversed": ["gravity"],
    "sideways-force": ["inertia", "gravity"],
    "pass-through": ["interpenetration"],
    interpenetration: ["interpenetration"],
    "energy-gain-20": ["energy", "restitution"],
    "momentum-broken": ["momentum"],
    "no-contact": ["inertia", "gravity"],
  };

  for (const { name, templates, make } of SOLID_CORRUPTIONS) {
    test(name, () => {
      const template = templates[0];
      let made = 0;
      for (let seed = 0; seed < 40 && made < 3; seed++) {
        const clip = clipOf(template, seed);
        const frames = make(clip, rapier);
        if (!frames) continue;
        made++;
        const verdict = judgeClip(frames, clip.prompt);
        expect(verdict.pc).toBeLessThan(0.5);
        expect(broken(verdict).filter((rule) => BREAKS[name].includes(rule))).not.toEqual([]);
        expect(broken(judgeClip(clip.frames, clip.prompt))).toEqual([]);
      }
      expect(made).toBe(3);
    });
  }
});

test("a box that does not turn is seen where the contact takes three frames as well", { timeout: 60_000 }, () => {
  const clip = clipOf("hit-box", 20_108);
  const frames = SOLID_CORRUPTIONS.find(({ name }) => name === "no-turn")?.make(clip, rapier);
  expect(frames && broken(judgeClip(frames, clip.prompt))).toEqual(["turning"]);
  expect(broken(judgeClip(clip.frames, clip.prompt))).toEqual([]);
});

describe("what must pass and what must fail", { timeout: 60_000 }, () => {
  for (const template of DRY) {
    test(`${template}: the simulator's clips pass, soft ones too`, () => {
      for (const seed of [20, 21, 22]) {
        const { frames, prompt } = clipOf(template, seed);
        expect(broken(judgeClip(frames, prompt))).toEqual([]);
        expect(broken(judgeClip(withNoise(withBlur(frames, 0.5), 0.03, seed), prompt))).toEqual([]);
      }
    });
  }

  for (const { name, joint, templates, make } of CONTROLS) {
    test(`${name} ${joint ? "passes" : "fails"}`, () => {
      const template = templates.find((one) => DRY.includes(one)) ?? "collide";
      for (let seed = 30; seed < 36; seed++) {
        const made = make(clipOf(template, seed), rapier);
        if (!made) throw new Error(`${name} makes nothing of ${template} ${seed}`);
        expect(judgeClip(made.frames, made.prompt).joint).toBe(joint);
      }
    });
  }

  test("noise and blank clips are discarded with their reason", () => {
    const prompt = "a small red ball hits a small green ball";
    const bytes = CLIP.frames * CLIP.size * CLIP.size * 3;
    expect(judgeClip(new Uint8Array(bytes).fill(120), prompt).discarded).toMatch(/^blank: /);
    const noise = Uint8Array.from({ length: bytes }, (_, i) => (i * 7919 * (i % 131)) % 256);
    expect(judgeClip(noise, prompt).discarded).toMatch(/^noise: /);
  });

  test("frames of another size are refused with both sizes", () => {
    expect(() => judgeClip(new Uint8Array(12), "a small red ball hits a small green ball")).toThrow(
      "a clip is 16 frames of 64×64 RGB, 196608 bytes, got 12",
    );
  });
});
