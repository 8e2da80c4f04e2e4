/** Collects the errors of one case: the worst of each quantity, beside its tolerance. */
import type { CheckedQuantity } from "../../../contracts/conformance";

type Numbers = ArrayLike<number>;

/** The largest magnitude; NaN counts as infinite. */
export function largest(values: Numbers): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!);
    if (!(size <= most)) most = Number.isNaN(size) ? Number.POSITIVE_INFINITY : size;
  }
  return most;
}

/** max |value - truth|; infinite where lengths differ or a value is not a number. */
function largestGap(values: Numbers, truth: Numbers, scaleAt: (i: number) => number): number {
  if (values.length !== truth.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let i = 0; i < truth.length; i++) {
    const gap = Math.abs(values[i]! - truth[i]!) / scaleAt(i);
    if (!(gap <= most)) most = Number.isNaN(gap) ? Number.POSITIVE_INFINITY : gap;
  }
  return most;
}

/** Something to divide by; a truth of zeros is compared absolutely. */
const safe = (scale: number): number => (scale > 0 ? scale : 1);

/** How much of its tolerance an error takes up. */
const share = (error: number, tolerance: number): number => (error === 0 ? 0 : error / tolerance);

export class Ledger {
  private readonly quantities = new Map<string, CheckedQuantity>();
  readonly notes: string[] = [];
  readonly problems: string[] = [];

  /** max |value - truth| / scale. */
  scaled(name: string, at: string, values: Numbers, truth: Numbers, scale: number, tolerance: number): void {
    this.enter(
      name,
      at,
      largestGap(values, truth, () => safe(scale)),
      tolerance,
    );
  }

  absolute(name: string, at: string, values: Numbers, truth: Numbers, tolerance: number): void {
    this.scaled(name, at, values, truth, 1, tolerance);
  }

  /** max of |value - truth| / max(1, |truth|): absolute, but for numbers that float32 cannot hold so exactly. */
  rounded(name: string, at: string, values: Numbers, truth: Numbers, tolerance: number): void {
    this.enter(
      name,
      at,
      largestGap(values, truth, (i) => Math.max(1, Math.abs(truth[i]!))),
      tolerance,
    );
  }

  /** max |value - truth| / max |truth|. */
  toLargest(name: string, at: string, values: Numbers, truth: Numbers, tolerance: number): void {
    this.scaled(name, at, values, truth, largest(truth), tolerance);
  }

  /** max of |value - truth| / |truth|, each by its own. */
  relative(name: string, at: string, values: Numbers, truth: Numbers, tolerance: number): void {
    this.enter(
      name,
      at,
      largestGap(values, truth, (i) => safe(Math.abs(truth[i]!))),
      tolerance,
    );
  }

  private enter(name: string, at: string, error: number, tolerance: number): void {
    const known = this.quantities.get(name);
    const compared = (known?.compared ?? 0) + 1;
    const isWorst = !known || share(error, tolerance) >= share(known.error, known.tolerance);
    const worst = isWorst ? { name, error, tolerance, at, passed: error <= tolerance } : known;
    this.quantities.set(name, { ...worst, compared });
  }

  passed(): boolean {
    return this.problems.length === 0 && this.quantities.size > 0 && this.checked().every((q) => q.passed);
  }

  checked(): readonly CheckedQuantity[] {
    return [...this.quantities.values()];
  }

  /** Takes over what another ledger found. */
  add(other: Ledger): void {
    for (const quantity of other.checked()) this.quantities.set(quantity.name, quantity);
    this.notes.push(...other.notes);
    this.problems.push(...other.problems);
  }
}
