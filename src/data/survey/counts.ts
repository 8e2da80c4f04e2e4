/**
 * How often files have each value, counted in one pass with bounded memory and without knowing the range before. Few different whole numbers are
 * counted exactly. More, or fractions, are counted by the upper bits of their float32 form: cells whose width is a 1024th of their value, so that
 * a single number far outside does not blur the others, and whole numbers up to 2048 stay exact.
 */
import type { Histogram } from "../../contracts/survey";
import type { Numbers } from "../io/raster";

/** Of an exact count; every value of 8 bits has room. */
const MOST_VALUES = 257;
/** Cells: sign, 8 bits of the exponent and 10 of the mantissa. */
const CELL_SHIFT = 13;
const CELLS = 2 ** (32 - CELL_SHIFT);
const BINS = 64;

interface ValueCount {
  pixels: number;
  files: number;
}

export class ValueCounts {
  /** Numbers of all channels, those that are not finite among them. */
  total = 0;
  /** NaN and infinities. */
  notNumbers = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  private atMin = 0;
  private atMax = 0;
  private exact: Map<number, ValueCount> | undefined = new Map();
  private cells: Float64Array | undefined;
  private readonly single = new Float32Array(1);
  private readonly bits = new Uint32Array(this.single.buffer);

  /** One file's values. */
  add(data: Numbers): void {
    this.total += data.length;
    const few = fewValues(data);
    if (few) {
      for (const [value, count] of few) this.note(value, count);
      if (this.exact) this.addExact(few);
      else for (const [value, count] of few) this.addToCell(value, count);
      return;
    }
    this.spill();
    for (const value of data) {
      this.note(value, 1);
      this.addToCell(value, 1);
    }
  }

  /** Ascending, where they were few whole numbers. */
  get values(): readonly { readonly value: number; readonly pixels: number; readonly files: number }[] | undefined {
    return (
      this.exact && [...this.exact].map(([value, count]) => ({ value, ...count })).sort((a, b) => a.value - b.value)
    );
  }

  /** How often this value was seen. Of numbers that are not counted exactly: as often as those of its cell, the least and largest apart. */
  pixelsAt(value: number): number {
    if (this.exact) return this.exact.get(value)?.pixels ?? 0;
    if (value === this.max) return this.atMax;
    if (value === this.min) return this.atMin;
    return this.cells![this.cellOf(value)]!;
  }

  /** How many numbers are below this one. */
  pixelsBelow(limit: number): number {
    return this.entries().reduce((sum, [value, count]) => sum + (value < limit ? count : 0), 0);
  }

  /**
   * The value below which `share` of the numbers between `above` and `below` lie, to a 1024th of itself; NaN where there are none. Both are
   * excluded, with what is counted together with them.
   */
  quantile(share: number, above = Number.NEGATIVE_INFINITY, below = Number.POSITIVE_INFINITY): number {
    const [from, to] = [this.counted(above), this.counted(below)];
    const between = this.entries().filter(([value]) => value > from && value < to);
    const wanted = share * between.reduce((sum, [, count]) => sum + count, 0);
    let passed = 0;
    for (const [value, count] of between) {
      passed += count;
      if (passed >= wanted) return value;
    }
    return Number.NaN;
  }

  /** Single values where there are at most `mostValues`, else bins. */
  histogram(mostValues: number): Histogram {
    const { values } = this;
    if (values && values.length <= mostValues && this.notNumbers === 0) return { kind: "values", values };
    const isEmpty = this.max < this.min;
    const [min, max] = isEmpty ? [0, 0] : [this.min, this.max];
    const bins = new Array<number>(isEmpty ? 0 : max > min ? BINS : 1).fill(0);
    for (const [value, count] of this.entries()) {
      const share = max > min ? (Math.min(Math.max(value, min), max) - min) / (max - min) : 0;
      bins[Math.min(bins.length - 1, Math.floor(share * bins.length))]! += count;
    }
    return { kind: "bins", min, max, bins, notNumbers: this.notNumbers };
  }

  private note(value: number, count: number): void {
    if (!Number.isFinite(value)) {
      this.notNumbers += count;
      return;
    }
    if (value < this.min) [this.min, this.atMin] = [value, 0];
    if (value > this.max) [this.max, this.atMax] = [value, 0];
    if (value === this.min) this.atMin += count;
    if (value === this.max) this.atMax += count;
  }

  private addExact(few: ReadonlyMap<number, number>): void {
    for (const [value, count] of few) {
      if (!Number.isFinite(value)) continue;
      const known = this.exact!.get(value) ?? { pixels: 0, files: 0 };
      this.exact!.set(value, { pixels: known.pixels + count, files: known.files + 1 });
    }
    if (this.exact!.size > MOST_VALUES) this.spill();
  }

  /** From exact values to cells. */
  private spill(): void {
    if (!this.exact) return;
    this.cells = new Float64Array(CELLS);
    for (const [value, { pixels }] of this.exact) this.addToCell(value, pixels);
    this.exact = undefined;
  }

  private addToCell(value: number, count: number): void {
    if (Number.isFinite(value)) this.cells![this.cellOf(value)]! += count;
  }

  private cellOf(value: number): number {
    this.single[0] = value;
    return this.bits[0]! >>> CELL_SHIFT;
  }

  /** The value under which this one is counted. */
  private counted(value: number): number {
    if (this.exact || !Number.isFinite(value)) return value;
    this.bits[0] = this.cellOf(value) << CELL_SHIFT;
    return this.single[0]!;
  }

  /** Values, of cells their end that is nearer to 0, ascending, with how often they were seen. */
  private entries(): readonly (readonly [value: number, count: number])[] {
    if (this.values) return this.values.map(({ value, pixels }) => [value, pixels]);
    const found: [number, number][] = [];
    this.cells!.forEach((count, cell) => {
      if (count === 0) return;
      this.bits[0] = cell << CELL_SHIFT;
      found.push([this.single[0]!, count]);
    });
    return found.sort(([a], [b]) => a - b);
  }
}

/** How often each value occurs; undefined where the numbers are not all whole (or not finite), or too many to be counted one by one. */
function fewValues(data: Numbers): ReadonlyMap<number, number> | undefined {
  if (data instanceof Uint8Array) return tableCounts(data, 2 ** 8);
  if (data instanceof Uint16Array) return tableCounts(data, 2 ** 16);
  const counts = new Map<number, number>();
  for (let i = 0; i < data.length; ) {
    const value = data[i]!;
    let end = i + 1;
    // Labels come in runs.
    while (end < data.length && Object.is(data[end], value)) end++;
    if (!Number.isInteger(value) && Number.isFinite(value)) return undefined;
    counts.set(value, (counts.get(value) ?? 0) + end - i);
    if (counts.size > MOST_VALUES) return undefined;
    i = end;
  }
  return counts;
}

function tableCounts(data: Uint8Array | Uint16Array, size: number): ReadonlyMap<number, number> {
  const table = new Uint32Array(size);
  for (const value of data) table[value]!++;
  const counts = new Map<number, number>();
  table.forEach((count, value) => {
    if (count > 0) counts.set(value, count);
  });
  return counts;
}
