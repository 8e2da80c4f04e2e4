/** As short as the number allows: 0.05, 1e-3. Whole numbers keep all their digits: a seed has ten. */
export function plainNumber(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) < 1e-3 ? value.toExponential().replace(/\.?0+e/, "e") : String(Number(value.toPrecision(6)));
}
