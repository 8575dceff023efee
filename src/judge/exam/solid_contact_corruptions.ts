/** Contacts that break a law on purpose: bodies that pass through or sink in, and rebounds that give what nobody gave. */

import { traitsOf } from "../../world/language/patterns.ts";
import { GRAVITY } from "../../world/laws.ts";
import type { Rapier } from "../../world/rigid.ts";
import { isWhole } from "../../world/templates/template.ts";
import type { WorldClip } from "../../world/types.ts";
import { contactFrame, draw, motionEnergy, moved, type Pose, rerun, shifted, T, wholeFrames } from "./solid_edits.ts";

export function passThrough(clip: WorldClip, rapier: Rapier): Uint8Array | null {
  const { scene } = clip;
  const contact = contactFrame(clip);
  if (contact === null) return null;
  if (scene.view !== "top") {
    const at = traitsOf(scene).ledge ? 2 : 0;
    const start = clip.snapshots[at].solids[0];
    const fallen = moved(clip.snapshots, (pose, _, t) => {
      const time = Math.max(0, t - at);
      const y = start.y + start.vy * time + 0.5 * GRAVITY * time * time;
      return t <= at ? pose : { ...pose, x: start.x + start.vx * time, y, angle: start.angle };
    });
    return draw(scene, fallen);
  }
  // Each body alone on the table.
  const alone = scene.solids.map((solid) => rerun({ ...scene, solids: [solid] }, rapier));
  const snapshots = moved(clip.snapshots, (_, k, t) => alone[k][t].solids[0]);
  const least = Math.min(...scene.solids.map(({ half }) => Math.min(...half)));
  const reach = scene.solids.reduce((sum, { half }) => sum + Math.min(...half), 0);
  const deep = snapshots.some(
    ({ solids: [a, b] }, t) =>
      Math.hypot(a.x - b.x, a.y - b.y) < reach - 0.5 * least &&
      scene.solids.every((_, k) => wholeFrames({ scene, snapshots }, k).includes(t)),
  );
  return deep ? draw(scene, snapshots) : null;
}

/** Size of what collides, as a share of what is drawn. */
const CORE = 0.55;

export function interpenetration(clip: WorldClip, rapier: Rapier): Uint8Array | null {
  if (contactFrame(clip) === null) return null;
  const solids = clip.scene.solids.map((solid) => ({
    ...solid,
    half: [solid.half[0] * CORE, solid.half[1] * CORE] as const,
    density: solid.density / (CORE * CORE),
  }));
  const snapshots = rerun({ ...clip.scene, solids }, rapier);
  const touch = contactFrame({ snapshots });
  if (touch === null) return null;
  // A frame has to fall into the moment in which they are deep in each other.
  const seen = [touch - 1, touch].some(
    (t) =>
      depth(clip.scene, snapshots[t]) > LEAST_DEPTH &&
      clip.scene.solids.every((solid, k) => isWhole(solid, snapshots[t].solids[k])),
  );
  return seen ? draw(clip.scene, snapshots) : null;
}

/** Of the smaller body's least half size. */
const LEAST_DEPTH = 0.32;

/** How deep two solids, or a solid and the floor, are in each other, as discs of their least half sizes and as a share of those. */
function depth({ solids, fixtures }: WorldClip["scene"], snapshot: WorldClip["snapshots"][number]): number {
  const [a, b] = snapshot.solids;
  const [r, s] = solids.map(({ half }) => Math.min(...half));
  if (b) return (r + s - Math.hypot(a.x - b.x, a.y - b.y)) / Math.min(r, s);
  return (a.y + r - Math.min(...fixtures.map(({ top }) => top))) / r;
}

/** Radians a frame. */
const FASTEST_SPIN = 0.7;
/** Energy after over energy before. */
const GAIN = 1.2;

/** The rebound at which a contact gives out a fifth more energy than comes in, found by halving. */
export function energyGain(clip: WorldClip, rapier: Rapier): Uint8Array | null {
  const { scene } = clip;
  const contact = contactFrame(clip);
  if (contact === null) return null;
  const run = (restitution: number) => rerun({ ...scene, restitution }, rapier);
  const gain = (snapshots: ReturnType<typeof run>) => {
    const before =
      motionEnergy(scene, snapshots[contact - 1]) + potential(scene.gravity, snapshots[contact - 1].solids[0]);
    const after =
      motionEnergy(scene, snapshots[scene.gravity > 0 ? contact : T - 1]) +
      potential(scene.gravity, snapshots[contact].solids[0]);
    // In the air, energy is counted from the floor's contact: what falling the last bit adds belongs to both.
    const ground =
      scene.gravity > 0
        ? potential(scene.gravity, {
            ...snapshots[contact].solids[0],
            y: scene.fixtures[0].top - scene.solids[0].half[1],
          })
        : 0;
    return (after - ground) / (before - ground);
  };
  const potential = (gravity: number, { y }: Pick<Pose, "y">) => {
    const { half, density } = scene.solids[0];
    return -gravity * density * Math.PI * half[0] * half[0] * y;
  };
  let [low, high] = [1, 3];
  if (gain(run(high)) < GAIN) return null;
  for (let step = 0; step < 8; step++) {
    const middle = (low + high) / 2;
    if (gain(run(middle)) < GAIN) low = middle;
    else high = middle;
  }
  const snapshots = run(high);
  // A square that turns by an eighth of a turn from frame to frame might as well turn the other way.
  if (snapshots.some(({ solids }) => solids.some(({ spin }) => Math.abs(spin) > FASTEST_SPIN))) return null;
  const free = (from: number, to: number) =>
    snapshots.slice(from, to).filter(({ solids }) => scene.solids.every((solid, k) => isWhole(solid, solids[k])))
      .length;
  return free(0, contact) >= 3 && free(contact, T) >= 3 ? draw(scene, snapshots) : null;
}

/** Share of the momentum that comes in. */
const EXTRA = 0.4;

export function momentumBroken(clip: WorldClip): Uint8Array | null {
  const { scene, snapshots } = clip;
  const contact = contactFrame(clip);
  if (contact === null) return null;
  const mass = scene.solids.map(({ shape, half }) => half[0] * half[1] * (shape === "ball" ? Math.PI : 4));
  const before = snapshots[contact - 1].solids;
  const total = before.reduce((sum, { vx, vy }, k) => sum + mass[k] * Math.hypot(vx, vy), 0);
  const { vx, vy } = snapshots[contact].solids[1];
  const speed = Math.hypot(vx, vy) || 1;
  const extra = (EXTRA * total) / mass[1];
  const broken = moved(snapshots, (pose, k, t) => {
    const far = k === 1 && t >= contact ? extra * (t - contact + 0.5) : 0;
    return shifted(pose, (far * vx) / speed, (far * vy) / speed);
  });
  const shown = wholeFrames({ scene, snapshots: broken }, 1).filter((t) => t > contact);
  return shown.length >= 3 ? draw(scene, broken) : null;
}

/** px between bodies that turn round. */
const AFAR = 5;

export function noContact(clip: WorldClip): Uint8Array | null {
  const { scene, snapshots } = clip;
  const contact = contactFrame(clip);
  if (contact === null) return null;
  const k = scene.solids.length - 1;
  const [a, b] = [snapshots[contact].solids[0], snapshots[contact].solids[k]];
  const [dx, dy] = k > 0 ? [b.x - a.x, b.y - a.y] : [0, -1];
  const far = Math.hypot(dx, dy);
  const lifted = moved(snapshots, (pose, solid) =>
    solid === k ? shifted(pose, (AFAR * dx) / far, (AFAR * dy) / far) : pose,
  );
  const shown = (from: number, to: number) =>
    wholeFrames({ scene, snapshots: lifted }, k).filter((t) => t >= from && t < to).length;
  return shown(0, contact) >= 3 && shown(contact, T) >= 3 ? draw(scene, lifted) : null;
}

/** Of what the collision could turn at the larger body's reach: with less its turning is not much to miss. */
const LEAST_TURN = 0.36;

/** px/frame. */
const LEAST_PARTING = 1.3;

/** The box is pushed off and goes on turning as it did before. */
export function noTurn(clip: WorldClip): Uint8Array | null {
  const { scene, snapshots } = clip;
  const contact = contactFrame(clip);
  const [ball, box] = scene.solids;
  if (contact === null || box?.shape !== "box") return null;
  const [before, after] = [snapshots[contact - 1].solids, snapshots[contact].solids];
  const [a, b] = box.half;
  const masses = [Math.PI * ball.half[0] * ball.half[0], 4 * a * b];
  const speed = Math.hypot(before[0].vx - before[1].vx, before[0].vy - before[1].vy);
  const reach = Math.max(Math.hypot(a, b), Math.hypot(...ball.half));
  const most = ((masses[0] * masses[1]) / (masses[0] + masses[1])) * speed * reach;
  const turned = (masses[1] * (a * a + b * b) * Math.abs(after[1].spin - before[1].spin)) / 3;
  if (turned < LEAST_TURN * most) return null;
  const stiff = moved(snapshots, (pose, k, t) =>
    k === 1 && t >= contact ? { ...pose, angle: before[1].angle + before[1].spin * (t - contact + 1) } : pose,
  );
  // Both are seen on their way in and out, and part at once: while they stay close it is not seen when they touch.
  const parting = Math.hypot(after[0].vx - after[1].vx, after[0].vy - after[1].vy);
  const both = wholeFrames({ scene, snapshots: stiff }, 0).filter((t) =>
    wholeFrames({ scene, snapshots: stiff }, 1).includes(t),
  );
  const [into, out] = [both.filter((t) => t < contact - 1), both.filter((t) => t > contact + 1)];
  return parting > LEAST_PARTING && into.length >= 2 && out.length >= 2 ? draw(scene, stiff) : null;
}
