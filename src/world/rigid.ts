/**
 * Rigid bodies by Rapier's deterministic build, behind a stepper in the world's units (px, frames). Rapier itself runs in metres and
 * seconds of a size it is tuned for: 16 px are 1 m and 15 frames 1 s, so bodies are about 1 m and fall with 7 m/s².
 */
import RAPIER from "@dimforge/rapier2d-deterministic-compat";
import type { Contact, Scene, Solid } from "./types.ts";

const PX = 16;
const FRAMES = 15;
/** px/frame → m/s. */
const SPEED = FRAMES / PX;

/** A moving solid at one instant; px, px/frame, radians. The angle keeps counting through whole turns. */
export interface SolidState {
  x: number;
  y: number;
  angle: number;
  vx: number;
  vy: number;
  spin: number;
}

/** The deterministic engine, once its WebAssembly is compiled. Every other module takes it as proof that it is. */
export type Rapier = typeof RAPIER;

let loading: Promise<Rapier> | undefined;

export function loadRapier(): Promise<Rapier> {
  loading ??= RAPIER.init().then(() => RAPIER);
  return loading;
}

/** The solids and fixtures of a scene in motion. Free it: its memory is WebAssembly's. */
export class Rigid {
  /** One per solid, in the scene's order; refreshed by `step`. */
  readonly solids: readonly SolidState[];
  readonly #world: RAPIER.World;
  readonly #events: RAPIER.EventQueue;
  readonly #bodies: readonly RAPIER.RigidBody[];
  /** Collider handle → solid, −1 for fixtures. */
  readonly #owner = new Map<number, number>();
  /** Pairs in touch, and pairs that were since `takeContacts`; a pair is the text "a b". */
  readonly #touching = new Set<string>();
  readonly #touched = new Set<string>();

  /** @param substeps steps a frame: a body moves a fraction of a pixel in one, so a contact is met within that */
  constructor(rapier: Rapier, scene: Scene, substeps: number) {
    this.#world = new rapier.World({ x: 0, y: (scene.gravity * FRAMES * FRAMES) / PX });
    this.#world.timestep = 1 / (FRAMES * substeps);
    this.#world.numSolverIterations = 8;
    this.#events = new rapier.EventQueue(true);
    const add = (desc: RAPIER.ColliderDesc, owner: number, body?: RAPIER.RigidBody) => {
      desc.setRestitution(scene.restitution).setFriction(scene.friction);
      desc.setActiveEvents(rapier.ActiveEvents.COLLISION_EVENTS);
      this.#owner.set(this.#world.createCollider(desc, body).handle, owner);
    };
    this.#bodies = scene.solids.map((solid, k) => {
      const body = this.#world.createRigidBody(bodyOf(rapier, solid));
      add(shapeOf(rapier, solid), k, body);
      return body;
    });
    for (const { left, top, right, bottom } of scene.fixtures) {
      const box = rapier.ColliderDesc.cuboid((right - left) / 2 / PX, (bottom - top) / 2 / PX);
      add(box.setTranslation((left + right) / 2 / PX, (top + bottom) / 2 / PX), -1);
    }
    this.solids = scene.solids.map(({ at, velocity }) => ({
      x: at.x,
      y: at.y,
      angle: at.angle,
      vx: velocity.x,
      vy: velocity.y,
      spin: velocity.spin,
    }));
    this.#read();
  }

  /** Mass of solid k in density · px², and its moment of inertia in density · px⁴. */
  inertia(k: number): { readonly mass: number; readonly moment: number } {
    const body = this.#bodies[k];
    return { mass: body.mass(), moment: body.principalInertia() * PX * PX };
  }

  /** An impulse in mass · px/frame at the centre of solid k, and an angular one in mass · px²/frame. */
  push(k: number, x: number, y: number, turn: number): void {
    const body = this.#bodies[k];
    body.applyImpulse({ x: x * SPEED, y: y * SPEED }, true);
    body.applyTorqueImpulse((turn * SPEED) / PX, true);
  }

  /** One substep. */
  step(): void {
    this.#world.step(this.#events);
    this.#events.drainCollisionEvents((first, second, started) => {
      const [a, b] = [this.#owner.get(first) ?? -1, this.#owner.get(second) ?? -1];
      const pair = a < b && a >= 0 ? `${a} ${b}` : b < 0 ? `${a} ${b}` : `${b} ${a}`;
      if (started) this.#touching.add(pair);
      else this.#touching.delete(pair);
      this.#touched.add(pair);
    });
    this.#read();
  }

  /** The pairs in touch at any time since the last call. */
  takeContacts(): Contact[] {
    const pairs = new Set([...this.#touched, ...this.#touching]);
    this.#touched.clear();
    return [...pairs].sort().map((pair) => {
      const [a, b] = pair.split(" ").map(Number);
      return { a, b };
    });
  }

  free(): void {
    this.#events.free();
    this.#world.free();
  }

  #read(): void {
    for (const [k, body] of this.#bodies.entries()) {
      const state = this.solids[k];
      const [place, velocity, turn] = [body.translation(), body.linvel(), body.rotation()];
      state.x = place.x * PX;
      state.y = place.y * PX;
      // Rapier's angle jumps at ±π; a substep turns far less than half a turn.
      state.angle += turn - state.angle - 2 * Math.PI * Math.round((turn - state.angle) / (2 * Math.PI));
      state.vx = velocity.x / SPEED;
      state.vy = velocity.y / SPEED;
      state.spin = body.angvel() / FRAMES;
    }
  }
}

function bodyOf(rapier: Rapier, { at, velocity, driven }: Solid): RAPIER.RigidBodyDesc {
  const desc = driven ? rapier.RigidBodyDesc.kinematicVelocityBased() : rapier.RigidBodyDesc.dynamic();
  return desc
    .setTranslation(at.x / PX, at.y / PX)
    .setRotation(at.angle)
    .setLinvel(velocity.x * SPEED, velocity.y * SPEED)
    .setAngvel(velocity.spin * FRAMES)
    .setCanSleep(false)
    .setCcdEnabled(true);
}

function shapeOf(rapier: Rapier, { shape, half, density }: Solid): RAPIER.ColliderDesc {
  const [x, y] = [half[0] / PX, half[1] / PX];
  const desc = shape === "ball" ? rapier.ColliderDesc.ball(x) : rapier.ColliderDesc.cuboid(x, y);
  return desc.setDensity(density * PX * PX);
}
