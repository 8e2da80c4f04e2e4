/** Names of the classes of the public data sets, in the order of their indices. */

/** PASCAL VOC 2012 (Everingham et al., IJCV 2010). */
export const PASCAL_CLASSES =
  "background, aeroplane, bicycle, bird, boat, bottle, bus, car, cat, chair, cow, diningtable, dog, horse, motorbike, person, pottedplant, sheep, sofa, train, tvmonitor".split(
    ", ",
  );

/** NYUD-v2's 40 classes (Gupta et al., CVPR 2013). */
export const NYUD_CLASSES =
  "wall, floor, cabinet, bed, chair, sofa, table, door, window, bookshelf, picture, counter, blinds, desk, shelves, curtain, dresser, pillow, mirror, floor mat, clothes, ceiling, books, refridgerator, television, paper, towel, shower curtain, box, whiteboard, person, night stand, toilet, sink, lamp, bathtub, bag, otherstructure, otherfurniture, otherprop".split(
    ", ",
  );

/** Cityscapes' 19 training classes (Cordts et al., CVPR 2016). */
export const CITYSCAPES_CLASSES =
  "road, sidewalk, building, wall, fence, pole, traffic light, traffic sign, vegetation, terrain, sky, person, rider, car, truck, bus, train, motorcycle, bicycle".split(
    ", ",
  );
