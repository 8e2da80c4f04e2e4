/** Numbers for people, the same in the page, at a terminal and in what either writes. */

/** As few digits as tell neighbouring ticks of an axis apart. */
export function formatTick(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const rounded = Number(value.toPrecision(3));
  const text = size < 1e-3 || size >= 1e5 ? rounded.toExponential() : String(rounded);
  return text.replace("e-", "e−").replace("e+", "e").replace(/^-/, "−");
}
