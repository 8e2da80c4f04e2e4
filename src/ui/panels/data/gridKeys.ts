/** Where keys lead in a grid of pictures, and what a range selects. */

/** The index that a key leads to; null for another key. */
export function moveCursor(
  key: string,
  index: number,
  count: number,
  columns: number,
  pageRows: number,
): number | null {
  const moves: Readonly<Record<string, number>> = {
    ArrowLeft: index - 1,
    ArrowRight: index + 1,
    ArrowUp: index - columns,
    ArrowDown: index + columns,
    PageUp: index - columns * pageRows,
    PageDown: index + columns * pageRows,
    Home: 0,
    End: count - 1,
  };
  const next = moves[key];
  if (next === undefined || count === 0) return null;
  // A step over the edge by a line stays where it is; a page goes as far as it can.
  const isLine = key.startsWith("Arrow");
  return isLine && (next < 0 || next >= count) ? index : Math.min(count - 1, Math.max(0, next));
}

/** The selection with everything between two indices, both included. */
export function rangeOf(
  shown: readonly { readonly place: number }[],
  selected: ReadonlySet<number>,
  anchor: number,
  index: number,
): ReadonlySet<number> {
  const [low, high] = anchor < index ? [anchor, index] : [index, anchor];
  return new Set([...selected, ...shown.slice(low, high + 1).map(({ place }) => place)]);
}
