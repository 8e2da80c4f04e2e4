/**
 * What the label maps of the scenes mean, and the vocabulary of the pretraining attributes.
 * Index = position in the list; 255 is reserved for "ignore".
 */

export interface LabelClass {
  readonly name: string;
  /** sRGB, 0 to 255. */
  readonly color: readonly [number, number, number];
}

export const sceneClasses = [
  { name: "wall", color: [174, 199, 232] },
  { name: "floor", color: [152, 108, 74] },
  { name: "ceiling", color: [226, 226, 214] },
  { name: "window", color: [82, 190, 255] },
  { name: "person", color: [230, 50, 70] },
  { name: "table", color: [255, 152, 50] },
  { name: "chair", color: [188, 189, 34] },
  { name: "sofa", color: [140, 86, 200] },
  { name: "bed", color: [227, 119, 194] },
  { name: "cabinet", color: [120, 70, 50] },
  { name: "lamp", color: [255, 226, 80] },
  { name: "plant", color: [44, 160, 44] },
  { name: "picture or screen", color: [30, 70, 130] },
] as const satisfies readonly LabelClass[];

/** Indices into sceneClasses by a short name. */
export const semantic = {
  wall: 0,
  floor: 1,
  ceiling: 2,
  window: 3,
  person: 4,
  table: 5,
  chair: 6,
  sofa: 7,
  bed: 8,
  cabinet: 9,
  lamp: 10,
  plant: 11,
  picture: 12,
} as const;

/**
 * PASCAL's seven human part classes, in the order of the multi-task literature. The neck belongs to the head, hands and feet to the lower
 * limbs.
 */
export const scenePartClasses = [
  { name: "background", color: [20, 20, 24] },
  { name: "head", color: [240, 80, 80] },
  { name: "torso", color: [80, 130, 240] },
  { name: "upper arm", color: [250, 170, 60] },
  { name: "lower arm", color: [255, 225, 120] },
  { name: "upper leg", color: [70, 180, 110] },
  { name: "lower leg", color: [150, 225, 160] },
] as const satisfies readonly LabelClass[];

export const humanPart = { head: 1, torso: 2, upperArm: 3, lowerArm: 4, upperLeg: 5, lowerLeg: 6 } as const;

/** What a surface is made of. */
export const substances = [
  "wood",
  "fabric",
  "metal",
  "plaster",
  "wallpaper",
  "tile",
  "skin",
  "hair",
  "leaf",
  "glass",
  "paper",
  "ceramic",
] as const;
export type Substance = (typeof substances)[number];

/** What solid covers a pixel. "plane" is the room itself. */
export const shapeKinds = ["plane", "box", "sphere", "ellipsoid", "tapered capsule", "cylinder or cone"] as const;

/** Angle that a solid's bounding sphere covers, as a share of the image height; the room is its own bucket. */
const sizeBuckets = ["room", "small", "medium", "large"] as const;

const lightBuckets = ["shadow", "ambient", "lit"] as const;

/** How a surface is patterned, by kind and by the length of its repeat. */
export const textureBuckets = ["even", "fine", "striped", "gridded", "grained", "pictorial"] as const;

/** Groups of renderSceneWithAttributes in their order; in every cell the values of one group are shares of area and sum to 1. */
export const attributeGroups: readonly { readonly name: string; readonly names: readonly string[] }[] = [
  { name: "material", names: substances },
  { name: "shape", names: shapeKinds },
  { name: "size", names: sizeBuckets },
  { name: "light", names: lightBuckets },
  { name: "texture", names: textureBuckets },
];

/** Numbers per cell of renderSceneWithAttributes. */
export const attributeCount = attributeGroups.reduce((sum, group) => sum + group.names.length, 0);
