/**
 * Articulated people: head, torso, arms and legs as tapered capsules and ellipsoids, posed by joint angles. All lengths are for a person
 * of 1.72 m, scaled; limbs are a little thicker than life, so that they survive at 64 pixels.
 */
import { humanPart, semantic } from "./classes";
import type { Material } from "./materials";
import * as palette from "./palette";
import type { Rng } from "./random";
import { along, type Frame, type Solids, type Tag, type Vec3 } from "./solids";

export type Pose = "standing" | "walking" | "waving" | "cheering" | "sitting";

/** Radians: swing is forward, spread outward from hanging down; bend closes elbow (forward) or knee (backward). */
interface Limb {
  readonly swing: number;
  readonly spread: number;
  readonly bend: number;
}

interface Joints {
  readonly arms: readonly [Limb, Limb];
  readonly legs: readonly [Limb, Limb];
  /** Forward lean of the torso. */
  readonly lean: number;
  readonly nod: number;
  readonly look: number;
}

const limb = (swing: number, spread: number, bend: number): Limb => ({ swing, spread, bend });

function hangingArm(rng: Rng): Limb {
  return limb(rng.range(-0.25, 0.35), rng.range(0.12, 0.45), rng.range(0.1, 0.9));
}

function drawJoints(rng: Rng, pose: Pose): Joints {
  const base = { lean: rng.range(-0.03, 0.1), nod: rng.range(-0.1, 0.25), look: rng.range(-0.6, 0.6) };
  const stand = (): Limb => limb(rng.range(-0.1, 0.1), rng.range(0.02, 0.16), rng.range(0, 0.12));
  const arms: [Limb, Limb] = [hangingArm(rng), hangingArm(rng)];
  switch (pose) {
    case "standing":
      return { ...base, arms, legs: [stand(), stand()] };
    case "walking": {
      const stride = rng.range(0.35, 0.6) * rng.sign();
      const leg = (s: number): Limb => limb(s, 0.03, s < 0 ? 0.75 : 0.15);
      return { ...base, arms: [limb(-stride, 0.12, 0.5), limb(stride, 0.12, 0.5)], legs: [leg(stride), leg(-stride)] };
    }
    case "waving":
      return {
        ...base,
        arms: rng.chance(0.5) ? [raisedArm(rng), arms[1]] : [arms[0], raisedArm(rng)],
        legs: [stand(), stand()],
      };
    case "cheering":
      return { ...base, arms: [raisedArm(rng), raisedArm(rng)], legs: [stand(), stand()] };
    case "sitting": {
      const leg = (): Limb => limb(rng.range(1.4, 1.52), rng.range(0.05, 0.22), rng.range(1.2, 1.6));
      const rest = (): Limb => limb(rng.range(0.35, 0.7), rng.range(0.12, 0.35), rng.range(0.6, 1.1));
      return {
        ...base,
        lean: rng.range(-0.15, 0.05),
        arms: [rest(), rng.chance(0.2) ? raisedArm(rng) : rest()],
        legs: [leg(), leg()],
      };
    }
  }
}

function raisedArm(rng: Rng): Limb {
  return limb(rng.range(0, 0.4), rng.range(1.7, 2.4), rng.range(-0.2, 0.9));
}

interface Look {
  readonly size: number;
  readonly girth: number;
  readonly shirt: Material;
  readonly sleeve: Material;
  readonly trousers: Material;
  readonly shin: Material;
  readonly skin: Material;
  readonly face: Material;
  readonly hair: Material;
  readonly shoe: Material;
  readonly longHair: boolean;
  readonly bald: boolean;
}

function drawLook(rng: Rng): Look {
  const body = palette.body(rng);
  const shirt = palette.shirt(rng);
  const trousers = palette.trouser(rng);
  return {
    ...body,
    size: rng.range(0.86, 1.08),
    girth: rng.range(0.92, 1.22),
    shirt,
    sleeve: rng.chance(0.45) ? shirt : body.skin,
    trousers,
    shin: rng.chance(0.75) ? trousers : body.skin,
    longHair: rng.chance(0.4),
    bald: rng.chance(0.08),
  };
}

/** A person before it has a place. Heights in metres above the floor. */
export interface Person {
  readonly pose: Pose;
  readonly height: number;
  /** Builds into a frame on the floor, facing +z; seat: height of what is sat on. Returns the hip's height. */
  build(solids: Solids, frame: Frame, instance: number, seat?: number): number;
}

export function drawPerson(rng: Rng, pose: Pose): Person {
  const joints = drawJoints(rng, pose);
  const look = drawLook(rng);
  return {
    pose,
    height: 1.72 * look.size,
    build(solids, frame, instance, seat = 0) {
      const feet = Math.max(...joints.legs.map((leg) => reachDown(leg) * look.size));
      const hip = pose === "sitting" ? seat + 0.11 * look.size : feet;
      buildBody(solids, frame.child(0, hip, 0), joints, look, instance);
      return hip;
    },
  };
}

const THIGH = 0.43;
const SHIN = 0.41;
const SOLE = 0.08;

function reachDown(leg: Limb): number {
  return (
    THIGH * Math.cos(leg.swing) * Math.cos(leg.spread) +
    SHIN * Math.cos(leg.swing - leg.bend) * Math.cos(leg.spread) +
    SOLE
  );
}

/** Direction of a bone that hangs down at rest; side: -1 left, 1 right of the frame. */
function bone(frame: Frame, swing: number, spread: number, side: number): Vec3 {
  return frame.vector([
    side * Math.sin(spread),
    -Math.cos(spread) * Math.cos(swing),
    Math.cos(spread) * Math.sin(swing),
  ]);
}

function buildBody(solids: Solids, hip: Frame, joints: Joints, look: Look, instance: number): void {
  const k = look.size;
  const g = look.girth * k;
  const tag = (material: Material, part: number): Tag => ({ material, part, semClass: semantic.person, instance });
  const spine = hip.child(0, 0, 0, -joints.lean);
  solids.ellipsoid(tag(look.trousers, humanPart.torso), hip.child(0, 0.03 * k, 0), [0.175 * g, 0.13 * k, 0.125 * g]);
  solids.ellipsoid(tag(look.shirt, humanPart.torso), spine.child(0, 0.2 * k, 0), [0.172 * g, 0.26 * k, 0.128 * g]);
  solids.ellipsoid(tag(look.shirt, humanPart.torso), spine.child(0, 0.34 * k, 0), [0.192 * g, 0.2 * k, 0.132 * g]);
  const shoulder = 0.465 * k;
  solids.capsule(
    tag(look.shirt, humanPart.torso),
    spine.point(-0.13 * g, shoulder, 0),
    spine.point(0.13 * g, shoulder, 0),
    0.075 * k,
  );
  buildHead(solids, spine, joints, look, tag);
  for (const i of [0, 1] as const) {
    const side = i === 0 ? -1 : 1;
    buildArm(
      solids,
      spine,
      spine.point(side * (0.15 * g + 0.05 * k), shoulder - 0.01, 0),
      joints.arms[i],
      side,
      look,
      tag,
    );
    buildLeg(solids, hip, hip.point(side * 0.095 * g, 0, 0), joints.legs[i], side, look, tag);
  }
}

type Tagger = (material: Material, part: number) => Tag;

function buildHead(solids: Solids, spine: Frame, joints: Joints, look: Look, tag: Tagger): void {
  const k = look.size;
  const neck = spine.child(0, 0.5 * k, 0, -joints.nod * 0.5, joints.look * 0.7);
  solids.capsule(tag(look.skin, humanPart.head), neck.point(0, 0, 0), neck.point(0, 0.1 * k, 0.01), 0.06 * k);
  const head = neck.child(0, 0.205 * k, 0.02 * k, -joints.nod * 0.5, joints.look * 0.3);
  const face = tag(look.face, humanPart.head);
  const hair = tag(look.hair, humanPart.head);
  solids.ellipsoid(face, head, [palette.FACE_RADII[0] * k, palette.FACE_RADII[1] * k, 0.115 * k]);
  solids.sphere(tag(look.skin, humanPart.head), head.point(0, -0.02 * k, 0.115 * k), 0.018 * k);
  if (look.bald) return;
  solids.ellipsoid(hair, head.child(0, 0.045 * k, -0.028 * k), [0.112 * k, 0.115 * k, 0.113 * k]);
  if (look.longHair)
    solids.capsule(hair, head.point(0, 0, -0.075 * k), head.point(0, -0.2 * k, -0.085 * k), 0.085 * k, 0.06 * k);
}

function buildArm(solids: Solids, spine: Frame, joint: Vec3, arm: Limb, side: number, look: Look, tag: Tagger): void {
  const k = look.size;
  const upper = bone(spine, arm.swing, arm.spread, side);
  const elbow = along(joint, upper, 0.29 * k);
  // A raised arm bends its elbow inward and up, a hanging one forward.
  const raised = arm.spread > 1.2;
  const lower = raised
    ? bone(spine, arm.swing, arm.spread + arm.bend, side)
    : bone(spine, arm.swing + arm.bend, arm.spread * 0.6, side);
  const wrist = along(elbow, lower, 0.25 * k);
  solids.capsule(tag(look.shirt, humanPart.upperArm), joint, elbow, 0.068 * k, 0.053 * k);
  solids.capsule(tag(look.sleeve, humanPart.lowerArm), elbow, wrist, 0.05 * k, 0.037 * k);
  solids.capsule(
    tag(look.skin, humanPart.lowerArm),
    along(wrist, lower, 0.02 * k),
    along(wrist, lower, 0.09 * k),
    0.046 * k,
    0.036 * k,
  );
}

function buildLeg(solids: Solids, hip: Frame, joint: Vec3, leg: Limb, side: number, look: Look, tag: Tagger): void {
  const k = look.size;
  const g = look.girth * k;
  const knee = along(joint, bone(hip, leg.swing, leg.spread, side), THIGH * k);
  const lower = bone(hip, leg.swing - leg.bend, leg.spread, side);
  const ankle = along(knee, lower, SHIN * k);
  solids.capsule(tag(look.trousers, humanPart.upperLeg), joint, knee, 0.098 * g, 0.07 * g);
  solids.capsule(tag(look.shin, humanPart.lowerLeg), knee, ankle, 0.069 * g, 0.048 * g);
  const pitch = leg.swing - leg.bend;
  const toe = hip.vector([side * 0.12, -0.1 - Math.max(0, -pitch) * 0.5, 0.95]);
  solids.capsule(
    tag(look.shoe, humanPart.lowerLeg),
    along(ankle, lower, 0.03 * k),
    along(along(ankle, lower, 0.035 * k), toe, 0.15 * k),
    0.05 * k,
    0.042 * k,
  );
}
