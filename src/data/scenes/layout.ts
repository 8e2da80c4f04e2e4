/**
 * From a seed to a scene: a room, a camera at its near end, people at generous size, furniture along the walls and on the floor, light.
 * Nothing here depends on the size of the picture.
 */
import { addCeilingLamp, addLamp, addPictures, addSills } from "./fittings";
import { type FurnitureKind, furniture } from "./furniture";
import { type Rgb, rgb } from "./materials";
import { drawPerson, type Person } from "./person";
import type { Piece } from "./piece";
import { Builder, placeAtWall, placeOnFloor } from "./placement";
import { Rng } from "./random";
import { BACK, drawRoom, type Room } from "./room";
import type { Camera, Scene } from "./scene";
import { cross, Frame, normalize, type Vec3 } from "./solids";

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
      const [x, , z] = frame.point(offset, 0, 0);
      b.addFigure(x, z);
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
    if (attempt < 9 && b.hides(x, z, 0.26)) continue;
    if (!b.claim(x, z, 0.27, 0.25)) continue;
    b.addFigure(x, z);
    const turn = rng.chance(0.75) ? rng.range(-0.8, 0.8) : rng.range(-Math.PI, Math.PI);
    person.build(b.solids, Frame.standing(x, z, b.yawToCamera(x, z) + turn), b.instance());
    return;
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
