/** Axes: where they end and where their ticks stand. */

export type Domain = readonly [number, number];

export interface Axis {
  readonly domain: Domain;
  readonly ticks: readonly number[];
}

/** The smallest and largest finite number (above zero where asked); null where there is none. */
export function extent(columns: Iterable<ArrayLike<number>>, positive = false): Domain | null {
  let low = Infinity;
  let high = -Infinity;
  for (const column of columns)
    for (let i = 0; i < column.length; i++) {
      const value = column[i]!;
      if (!Number.isFinite(value) || (positive && value <= 0)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  return low <= high ? [low, high] : null;
}

/** Steps of 1, 2 or 5 times a power of ten, about `count` of them; the domain is widened to whole steps where `nice`. */
export function linearAxis([low, high]: Domain, count = 5, nice = true): Axis {
  // A range narrower than the digits of its ticks counts as one value.
  const flat = high - low <= 1e-9 * Math.abs(high);
  const span = flat ? Math.abs(high) || 1 : high - low;
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const from = flat ? low - step : low;
  const to = flat ? high + step : high;
  const first = nice ? Math.floor(from / step + 1e-9) : Math.ceil(from / step - 1e-9);
  const last = nice ? Math.ceil(to / step - 1e-9) : Math.floor(to / step + 1e-9);
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
  return { domain: nice ? [ticks[0]!, ticks.at(-1)!] : [from, to], ticks };
}

/** Ticks at 1, 2 and 5 times powers of ten; only powers where those alone are many. */
export function logAxis([low, high]: Domain): Axis {
  const from = Math.floor(Math.log10(low));
  const to = Math.max(from + 1, Math.ceil(Math.log10(high)));
  const factors = to - from > 4 ? [1] : to - from > 2 ? [1, 3] : [1, 2, 5];
  const all: number[] = [];
  for (let power = from; power <= to; power++)
    for (const factor of factors) all.push(Number((factor * 10 ** power).toPrecision(6)));
  const first = Math.max(
    0,
    all.findLastIndex((tick) => tick <= low),
  );
  const end = all.findIndex((tick) => tick >= high);
  const ticks = all.slice(first, end < 0 ? undefined : Math.max(end, first + 1) + 1);
  return { domain: [ticks[0]!, ticks.at(-1)!], ticks };
}

/** Ends that an axis of steps may have, times powers of ten: each leaves at most a quarter of the width empty. */
const ends = [1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 10];

/** From 0 to a little beyond the last step seen (NaN: none), at most to the end of the run. The end moves in jumps, so that curves stand still between. */
export function stepAxis(last: number, steps: number): Axis {
  const wanted = last > 0 ? Math.max(10, 1.03 * last) : 10;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const end = power * (ends.find((factor) => factor * power >= wanted) ?? 10);
  return linearAxis([0, Math.max(1, Math.min(end, steps))], 6, false);
}
