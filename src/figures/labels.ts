/** Places for the labels of points: none over another label, over a point or outside of the plot where there is room. */

/** In units of the drawing. */
export interface Area {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

interface Labelled {
  readonly label: string;
  readonly x: number;
  readonly y: number;
}

/** Where a label stands; y is its upper end. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

export const LABEL_HEIGHT = 15;
const OFFSETS = [0, -14, 14, -28, 28, -42, 42, -58, 58, -76, 76];

/** How much of a label lies over other labels, over points, or outside of the plot. */
function trouble(box: Box, placed: Iterable<Box>, points: readonly Labelled[], area: Area): number {
  const over = (other: Box): number => {
    const width = Math.min(box.x + box.width, other.x + other.width) - Math.max(box.x, other.x);
    const height = LABEL_HEIGHT - Math.abs(box.y - other.y);
    return width > 0 && height > 0 ? width * height : 0;
  };
  const sum = (boxes: readonly Box[]): number => boxes.reduce((total, other) => total + over(other), 0);
  const outside =
    Math.max(0, area.left - box.x) +
    Math.max(0, box.x + box.width - area.right) +
    Math.max(0, area.top - box.y) +
    Math.max(0, box.y + LABEL_HEIGHT - area.bottom);
  return 40 * outside + 2 * sum(points.map(({ x, y }) => ({ x: x - 5, y: y - 7, width: 10 }))) + sum([...placed]);
}

/** Where labels may stand: beside, above and below the point, then further away. */
const candidates = ({ x, y }: Labelled, width: number): readonly Box[] =>
  OFFSETS.flatMap((offset) => {
    const top = y - LABEL_HEIGHT / 2 + offset;
    const beside = [x + 10, x - 10 - width, ...(offset === 0 ? [] : [x - width / 2])];
    return beside.map((left) => ({ x: left, y: top, width }));
  });

/** Greedy, crowded points first: each label takes the place with the least trouble, the nearest of equals. */
export function placeLabels<P extends Labelled>(
  points: readonly P[],
  area: Area,
  characterWidth: number,
): ReadonlyMap<P, Box> {
  const crowd = (p: P): number => points.filter((q) => Math.abs(q.x - p.x) < 150 && Math.abs(q.y - p.y) < 40).length;
  const placed = new Map<P, Box>();
  for (const p of [...points].sort((a, b) => crowd(b) - crowd(a) || a.x - b.x)) {
    const scored = candidates(p, characterWidth * p.label.length).map((box, i) => ({
      box,
      score: trouble(box, placed.values(), points, area) + 0.5 * i,
    }));
    placed.set(p, scored.reduce((best, other) => (other.score < best.score ? other : best)).box);
  }
  return placed;
}
