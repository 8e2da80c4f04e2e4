/**
 * The registry of furniture, built of boxes, cylinders, capsules and ellipsoids. Every maker draws its style first, so that its footprint is
 * known before a place is found, and then builds into a frame that stands on the floor with its back towards -z.
 */
import { floorLamp, plant } from "./lampsAndPlants";
import type { Maker } from "./piece";
import { bed, chair, sofa, table } from "./seating";
import { bookshelf, cupboard, sideboard } from "./storage";

/** Makers by kind. */
export const furniture = { table, chair, sofa, bed, bookshelf, cupboard, sideboard, floorLamp, plant } satisfies Record<
  string,
  Maker
>;
export type FurnitureKind = keyof typeof furniture;
