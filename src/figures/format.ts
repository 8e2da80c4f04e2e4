/** Numbers for people, the same in the page, at a terminal and in what either writes. */

/** Cells as one line of a CSV file, RFC 4180. */
export const csvLine = (cells: readonly (string | number)[]): string =>
  cells
    .map(String)
    .map((text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text))
    .join(",");

/** As few digits as tell neighbouring ticks of an axis apart. */
export function formatTick(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const rounded = Number(value.toPrecision(3));
  const text = size < 1e-3 || size >= 1e5 ? rounded.toExponential() : String(rounded);
  return text.replace("e-", "e−").replace("e+", "e").replace(/^-/, "−");
}

/**
 * "45 s", "2 min 58 s", "1 h 04 min". Estimates and progress are told in whole seconds; what was measured, with "ms", as "7.2 ms", "230 ms"
 * or "3.2 s" where it was short. A dash where nothing is known.
 */
export function formatDuration(ms: number, finest: "ms" | "s" = "s"): string {
  if (!Number.isFinite(ms)) return "–";
  if (finest === "ms" && ms < 9950) {
    if (ms < 999.5) return `${ms.toFixed(ms < 9.95 ? 1 : 0)} ms`;
    return `${(ms / 1000).toFixed(1)} s`;
  }
  const seconds = Math.max(0, Math.round(ms / 1000));
  const minutes = Math.floor(seconds / 60);
  const two = (count: number): string => String(count % 60).padStart(2, "0");
  if (minutes < 1) return `${seconds} s`;
  return minutes < 60 ? `${minutes} min ${two(seconds)} s` : `${Math.floor(minutes / 60)} h ${two(minutes)} min`;
}
