/**
 * What checkpoints have to know of a family of backbones: how a file of it is recognised, what its parameters are called there, and how
 * they are read and written. A family is one file here and one line of the registry; its names are tables.
 */
import type { BackboneDef } from "../../backbones/backbone";
import type { Shape } from "../../graph/node";
import type { Module, NamedTable } from "../nameTables/table";
import type { PlannedTensor } from "../plannedTensor";
import type { Glimpse } from "../shapes";

/** What is read from the shapes of a file. */
export interface Reading<Settings> {
  readonly settings: Settings;
  /** Side of the images in pixels. */
  readonly imageSize: number;
  /** Sentences: what the shapes leave open. */
  readonly assumed: readonly string[];
  readonly notes: readonly string[];
}

export interface PositionGrid {
  /** Side of the grid of positions, and the numbers of each. */
  readonly side: number;
  readonly channels: number;
  /** Numbers before the grid that belong to no place of it (the class token's). */
  readonly leading: number;
}

/** undefined where the places make no square. */
export function squareGrid(places: number, channels: number, leading: number): PositionGrid | undefined {
  const side = Math.sqrt(places);
  return Number.isInteger(side) && side > 0 ? { side, channels, leading } : undefined;
}

export interface Family<Table extends NamedTable, Settings extends object> {
  /** As `BackboneDef.family` has it. */
  readonly id: string;
  readonly label: string;
  /** Where a file fits several, the first one counts. */
  readonly tables: readonly Table[];
  /** Settings that two models have in common where they are called the same. */
  readonly sizes: readonly (keyof Settings & string)[];
  /** Whether the released DiTASK code has it. */
  readonly released: boolean;
  /** A name for sizes that have none. */
  describe(settings: Settings): string;
  /** A backbone of these settings; decoders narrow its maps to `widths`. */
  backbone(
    id: string,
    label: string,
    imageSize: number,
    widths: readonly number[],
    settings: Settings,
  ): BackboneDef<Settings>;
  /** Whether the file has the names that tell the family and the table. */
  fits(table: Table, file: Glimpse): boolean;
  /** @throws where the shapes belong to no backbone of the family that can be built. */
  read(table: Table, file: Glimpse): Reading<Settings>;
  /** The naming of the first release, under which weights are exported. */
  original(settings: Settings): string;
  /** Their modules for a parameter of ours (without "backbone."), in the order of their rows in it; undefined: the table has no name for it. */
  modules(table: Table, own: string): readonly Module[] | undefined;
  /** The grid that a parameter is, if it can be resized. */
  grid(name: string, shape: Shape): PositionGrid | undefined;
  /** Of a parameter that lies in files in another way than row after row. */
  plan?(
    table: Table,
    parameter: Pick<PlannedTensor, "ours" | "shape">,
    own: string,
    file: Glimpse,
  ): PlannedTensor | undefined;
  /** The key of the layer scale that multiplies a parameter's rows, where the file has one. */
  scale?(table: Table, own: string, file: Glimpse): string | undefined;
  /** The architecture as the Python loader wants it; absent: it does not build such models. */
  forPython?(settings: Settings): Readonly<Record<string, unknown>>;
}
