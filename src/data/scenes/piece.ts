/** What every builder of furniture gives. */
import type { Rng } from "./random";
import type { Frame, Solids } from "./solids";

/** Half sizes of the footprint, the height of its seat or top, and how to build it as instance n. */
export interface Piece {
  readonly halfWidth: number;
  readonly halfDepth: number;
  readonly height: number;
  build(solids: Solids, frame: Frame, instance: number): void;
}

/** Draws a style: all that is random about a piece. */
export type Maker = (rng: Rng) => Piece;

/** The four corners of a footprint, as signs. */
export const corners = [
  [-1, -1],
  [1, -1],
  [-1, 1],
  [1, 1],
] as const;
