/**
 * From a seed to a scene: a room, a camera at its near end, people at generous size, furniture along the walls and on the floor, light.
 * Nothing here depends on the size of the picture.
 */
import { semantic } from "./classes";
import { type FurnitureKind, furniture, type Piece, shadeMaterial, warmLight } from "./furniture";
import { material, type Rgb, rgb } from "./materials";
import * as palette from "./palette";
import { drawPerson, type Person } from "./person";
import { Rng } from "./random";
import { BACK, drawRoom, FIRST_OBJECT_INSTANCE, type Room } from "./room";
import { cross, Frame, normalize, Solids, type Tag, type Vec3 } from "./solids";

/** x right, y up, z backwards out of the picture; tangent: of half the vertical field of view. */
export interface Camera {
  readonly eye: Vec3;
  readonly x: Vec3;
  readonly y: Vec3;
  readonly z: Vec3;
  readonly tangent: number;
}

export interface PointLight {
  readonly position: Vec3;
  readonly radius: number;
  /** Irradiance at one metre, facing it. */
  readonly color: Rgb;
}

export interface Scene {
  readonly room: Room;
  readonly solids: Solids;
  readonly camera: Camera;
  readonly lamps: readonly PointLight[];
  readonly sun: { readonly direction: Vec3; readonly color: Rgb } | undefined;
  /** Light from everywhere: from above and from below. */
  readonly sky: Rgb;
  readonly ground: Rgb;
}

/** Occupied floor, axis-aligned. */
interface Area {
  readonly x0: number;
  readonly x1: number;
  readonly z0: number;
  readonly z1: number;
}

class Builder {
  readonly solids = new Solids();
  readonly taken: Area[] = [];
  readonly lamps: PointLight[] = [];
  private nextInstance = FIRST_OBJECT_INSTANCE;

  constructor(
    readonly rng: Rng,
    readonly room: Room,
    readonly camera: Camera,
  ) {}

  /** Objects take two instances: a sideboard carries its screen. */
  instance(): number {
    this.nextInstance += 2;
    return this.nextInstance - 2;
  }

  /** Takes the floor under a footprint when it is free, inside the room and not before the lens. */
  claim(x: number, z: number, halfX: number, halfZ: number): boolean {
    const area = { x0: x - halfX, x1: x + halfX, z0: z - halfZ, z1: z + halfZ };
    const { room, camera } = this;
    if (area.x0 < 0 || area.x1 > room.width || area.z0 < 0 || area.z1 > room.depth) return false;
    const nearX = Math.max(area.x0, Math.min(area.x1, camera.eye[0]));
    const nearZ = Math.max(area.z0, Math.min(area.z1, camera.eye[2]));
    if (Math.hypot(nearX - camera.eye[0], nearZ - camera.eye[2]) < 1) return false;
    for (const other of this.taken) {
      if (area.x0 < other.x1 && area.x1 > other.x0 && area.z0 < other.z1 && area.z1 > other.z0) return false;
    }
    this.taken.push(area);
    return true;
  }

  /** A point of the floor at a distance before the camera; side: -1 to 1 across a square picture. */
  before(distance: number, side: number): readonly [number, number] {
    const { eye, x, z, tangent } = this.camera;
    const flat = Math.hypot(z[0], z[2]);
    const across = side * distance * tangent;
    return [eye[0] - (z[0] / flat) * distance + x[0] * across, eye[2] - (z[2] / flat) * distance + x[2] * across];
  }

  /** Yaw of something at (x, z) that looks at the camera. */
  yawToCamera(x: number, z: number): number {
    return Math.atan2(this.camera.eye[0] - x, this.camera.eye[2] - z);
  }
}

function drawCamera(rng: Rng, room: Room): Camera {
  const eye: Vec3 = [room.width * rng.range(0.3, 0.7), rng.range(1.05, 1.75), room.depth - 0.2];
  const target: Vec3 = [room.width * rng.range(0.32, 0.68), rng.range(0.75, 1.05), room.depth * 0.25];
  const z = normalize([eye[0] - target[0], eye[1] - target[1], eye[2] - target[2]]);
  const x = normalize(cross([0, 1, 0], z));
  return { eye, x, y: cross(z, x), z, tangent: Math.tan((rng.range(50, 66) * Math.PI) / 360) };
}

const onWall: readonly FurnitureKind[] = ["bed", "sofa", "bookshelf", "cupboard", "sideboard"];
const kinds: readonly FurnitureKind[] = [
  "bed",
  "sofa",
  "bookshelf",
  "cupboard",
  "sideboard",
  "table",
  "chair",
  "floorLamp",
  "plant",
];
const weights: readonly number[] = [2.2, 2.2, 1.2, 1.2, 1.4, 4, 3.2, 2.8, 3.6];

/** Places a piece with its back at a wall: mostly the one that the camera faces. */
function placeAtWall(b: Builder, piece: Piece): Frame | undefined {
  const { rng, room } = b;
  for (let attempt = 0; attempt < 30; attempt++) {
    const wall = rng.weighted([1, 1, 3]);
    if (wall === 2) {
      const x = rng.range(piece.halfWidth + 0.02, room.width - piece.halfWidth - 0.02);
      const z = piece.halfDepth + 0.06;
      if (b.claim(x, z, piece.halfWidth, piece.halfDepth)) return Frame.standing(x, z, 0);
    } else {
      const z = rng.range(piece.halfWidth + 0.02, Math.max(piece.halfWidth + 0.05, room.depth - 1.5 - piece.halfWidth));
      const x = wall === 0 ? piece.halfDepth + 0.06 : room.width - piece.halfDepth - 0.06;
      if (b.claim(x, z, piece.halfDepth, piece.halfWidth))
        return Frame.standing(x, z, wall === 0 ? Math.PI / 2 : -Math.PI / 2);
    }
  }
  return undefined;
}

/** Places a piece freely in view. */
function placeOnFloor(b: Builder, piece: Piece, near: number, far: number, turn: number): Frame | undefined {
  for (let attempt = 0; attempt < 30; attempt++) {
    const [x, z] = b.before(b.rng.range(near, far), b.rng.range(-0.8, 0.8));
    const yaw = b.yawToCamera(x, z) + b.rng.range(-turn, turn);
    const c = Math.abs(Math.cos(yaw));
    const s = Math.abs(Math.sin(yaw));
    const halfX = c * piece.halfWidth + s * piece.halfDepth;
    const halfZ = s * piece.halfWidth + c * piece.halfDepth;
    if (b.claim(x, z, halfX, halfZ)) return Frame.standing(x, z, yaw);
  }
  return undefined;
}

function addFurniture(b: Builder, kind: FurnitureKind): { frame: Frame; piece: Piece } | undefined {
  const piece = furniture[kind](b.rng);
  const atWall = onWall.includes(kind);
  const frame = atWall
    ? placeAtWall(b, piece)
    : placeOnFloor(b, piece, 1.5, Math.min(2.9, b.room.depth - 0.7), kind === "table" ? 0.6 : 1.3);
  if (!frame) return undefined;
  piece.build(b.solids, frame, b.instance());
  if (kind === "floorLamp") addLamp(b, frame.point(0, piece.height - 0.15, 0), 0.12, b.room.night ? 2.6 : 0.8);
  return { frame, piece };
}

function addLamp(b: Builder, position: Vec3, radius: number, power: number): void {
  if (b.lamps.length < 2)
    b.lamps.push({ position, radius, color: warmLight.map((value) => value * power) as unknown as Rgb });
}

/** A person on the floor, or on a chair or sofa that is placed for it. Returns what furniture was used. */
function addPerson(b: Builder, first: boolean): FurnitureKind | undefined {
  const { rng } = b;
  const sits = rng.chance(0.28);
  if (sits) {
    const kind = rng.chance(0.55) ? "chair" : "sofa";
    const piece = furniture[kind](rng);
    const frame = kind === "chair" ? placeOnFloor(b, piece, 1.5, 2.6, 0.8) : placeAtWall(b, piece);
    if (frame) {
      piece.build(b.solids, frame, b.instance());
      const offset = kind === "sofa" ? rng.range(-0.5, 0.5) * (piece.halfWidth - 0.4) : 0;
      const seated = drawPerson(rng, "sitting");
      seated.build(b.solids, frame.child(offset, 0, kind === "sofa" ? 0.1 : 0), b.instance(), piece.height);
      return kind;
    }
  }
  const person = drawPerson(rng, rng.pick(["standing", "standing", "walking", "waving", "cheering"] as const));
  standPerson(b, person, first);
  return undefined;
}

function standPerson(b: Builder, person: Person, first: boolean): void {
  const { rng } = b;
  const far = Math.min(b.room.depth - 0.6, 3.6);
  for (let attempt = 0; attempt < 12; attempt++) {
    const [x, z] = b.before(rng.range(first ? 1.6 : 1.9, first ? 2.6 : far), rng.range(-0.6, 0.6));
    if (!b.claim(x, z, 0.27, 0.25)) continue;
    const turn = rng.chance(0.75) ? rng.range(-0.8, 0.8) : rng.range(-Math.PI, Math.PI);
    person.build(b.solids, Frame.standing(x, z, b.yawToCamera(x, z) + turn), b.instance());
    return;
  }
}

function addPictures(b: Builder): void {
  const { rng, room } = b;
  const count = rng.weighted([2, 4, 2]);
  const used: { wall: number; u: number; half: number }[] = room.panes.map((pane) => ({
    wall: pane.plane,
    u: (pane.u0 + pane.u1) / 2,
    half: (pane.u1 - pane.u0) / 2 + 0.06,
  }));
  for (let i = 0, attempt = 0; i < count && attempt < 12; attempt++) {
    const wall = rng.pick([BACK, BACK, 0, 1]);
    const half = [rng.range(0.28, 0.55), rng.range(0.26, 0.45)] as const;
    const length = wall === BACK ? room.width : room.depth * 0.65;
    const u = rng.range(half[0] + 0.15, length - half[0] - 0.15);
    if (used.some((other) => other.wall === wall && Math.abs(other.u - u) < other.half + half[0] + 0.05)) continue;
    used.push({ wall, u, half: half[0] });
    const y = rng.range(1.5, 1.75);
    const frame =
      wall === BACK
        ? Frame.standing(u, 0.02, 0, y)
        : Frame.standing(wall === 0 ? 0.02 : room.width - 0.02, u, wall === 0 ? Math.PI / 2 : -Math.PI / 2, y);
    const tag: Tag = {
      material: palette.pictureSurface(rng, ...half),
      semClass: semantic.picture,
      instance: b.instance(),
    };
    b.solids.box(tag, frame, [half[0], half[1], 0.02]);
    i++;
  }
}

/** A place under the ceiling, if possible over free floor, so that no lamp becomes a hat. */
function placeOverhead(b: Builder): readonly [number, number] {
  let place: readonly [number, number] = [0, 0];
  for (let attempt = 0; attempt < 8; attempt++) {
    const [x, z] = b.before(b.rng.range(1.7, 2.9), b.rng.range(-0.5, 0.5));
    place = [Math.max(0.5, Math.min(b.room.width - 0.5, x)), Math.max(0.5, Math.min(b.room.depth - 0.5, z))];
    const [px, pz] = place;
    if (!b.taken.some((area) => px > area.x0 - 0.3 && px < area.x1 + 0.3 && pz > area.z0 - 0.3 && pz < area.z1 + 0.3))
      break;
  }
  return place;
}

/** The ceiling's light: a pendant that is seen, or a flat bowl. */
function addCeilingLamp(b: Builder): void {
  const { rng, room, solids } = b;
  const pendant = rng.chance(0.5);
  const [px, pz] = placeOverhead(b);
  const drop = pendant ? rng.range(0.45, 0.75) : 0.1;
  const power = room.night ? rng.range(3.2, 4.4) : rng.range(0.7, 1.9);
  const instance = b.instance();
  const tag = (m: Tag["material"], castsShadow: boolean): Tag => ({
    material: m,
    semClass: semantic.lamp,
    instance,
    castsShadow,
  });
  const shade = shadeMaterial(rng, room.night || rng.chance(0.5));
  const y = room.height - drop;
  if (!pendant) solids.cone(tag(shade, false), [px, y, pz], [px, room.height, pz], 0.19, 0.24);
  else {
    solids.cone(tag(palette.metal(rng), false), [px, y, pz], [px, room.height, pz], 0.012);
    if (rng.chance(0.5)) solids.sphere(tag(shade, false), [px, y - 0.1, pz], rng.range(0.17, 0.22));
    else solids.cone(tag(shade, false), [px, y - 0.22, pz], [px, y, pz], rng.range(0.24, 0.32), 0.08);
  }
  addLamp(b, [px, y - 0.12, pz], 0.16, power);
}

/** Window sills, so that windows stand out of the wall. */
function addSills(b: Builder): void {
  const { room } = b;
  const white = material("wood", "plain", rgb(0xf2f0ea), { gloss: 0.25, shininess: 30 });
  for (const pane of room.panes) {
    const u = (pane.u0 + pane.u1) / 2;
    const half = (pane.u1 - pane.u0) / 2 + 0.04;
    const y = pane.v0 - 0.02;
    const tag: Tag = { material: white, semClass: semantic.window, instance: pane.instance };
    if (pane.plane === BACK) b.solids.box(tag, Frame.standing(u, 0.05, 0, y), [half, 0.02, 0.05]);
    else
      b.solids.box(tag, Frame.standing(pane.plane === 0 ? 0.05 : room.width - 0.05, u, Math.PI / 2, y), [
        half,
        0.02,
        0.05,
      ]);
  }
}

function drawSun(rng: Rng, room: Room): Scene["sun"] {
  const pane = room.panes[0];
  if (!pane || room.night || rng.chance(0.35)) return undefined;
  const outward: Vec3 = pane.plane === 0 ? [-1, 0, 0] : pane.plane === 1 ? [1, 0, 0] : [0, 0, -1];
  const slide = rng.range(-0.6, 0.6);
  const up = rng.range(0.5, 1);
  const direction = normalize(pane.plane === BACK ? [slide, up, outward[2]] : [outward[0], up, slide]);
  const strength = rng.range(1.6, 2.6);
  return { direction, color: rgb(0xffeccc).map((value) => value * strength) as unknown as Rgb };
}

function fill(b: Builder, used: FurnitureKind[]): void {
  const chances = weights.map((weight, i) => (used.includes(kinds[i]!) ? 0 : weight));
  const wanted: FurnitureKind[] = [];
  const count = Math.max(2, 2 + b.rng.int(3) - used.length);
  for (let i = 0; i < count; i++) {
    const choice = b.rng.weighted(chances);
    chances[choice] = 0;
    wanted.push(kinds[choice]!);
  }
  // The largest first, while there is room.
  wanted.sort((p, q) => kinds.indexOf(p) - kinds.indexOf(q));
  for (const kind of wanted) addFurniture(b, kind);
}

/** Composes the scene of a key (see sceneKey). */
export function composeScene(key: number): Scene {
  const rng = new Rng(key, 0x5ce0e);
  const room = drawRoom(rng);
  const b = new Builder(rng, room, drawCamera(rng, room));
  const people = rng.weighted([0.29, 0.46, 0.25]);
  const used: FurnitureKind[] = [];
  for (let i = 0; i < people; i++) {
    const seat = addPerson(b, i === 0);
    if (seat) used.push(seat);
  }
  addCeilingLamp(b);
  fill(b, used);
  addPictures(b);
  addSills(b);
  const day = room.night ? 0.24 : rng.range(0.5, 0.68);
  const tint: Rgb = room.night ? [1, 0.9, 0.8] : [0.95, 0.98, 1.02];
  const bounce = room.floor.base;
  return {
    room,
    solids: b.solids,
    camera: b.camera,
    lamps: b.lamps,
    sun: drawSun(rng, room),
    sky: tint.map((value) => value * day) as unknown as Rgb,
    ground: bounce.map((value) => (0.35 + value) * day * 0.75) as unknown as Rgb,
  };
}
