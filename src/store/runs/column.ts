/** A column of numbers that only grows at its end: metrics live in these, outside of React's state, and a version counter tells of changes. */
export class Column {
  private numbers = new Float64Array(256);
  private used = 0;

  get length(): number {
    return this.used;
  }

  /** NaN for a place without a number. */
  at(index: number): number {
    return index >= 0 && index < this.used ? this.numbers[index]! : Number.NaN;
  }

  push(value: number): void {
    this.reserve(1);
    this.numbers[this.used++] = value;
  }

  append(values: Float64Array): void {
    this.reserve(values.length);
    this.numbers.set(values, this.used);
    this.used += values.length;
  }

  /** Fills with NaN up to `length`. */
  pad(length: number): void {
    while (this.used < length) this.push(Number.NaN);
  }

  /** Forgets everything from `length` on. */
  truncate(length: number): void {
    this.used = Math.min(this.used, length);
  }

  /** The numbers so far, without a copy: valid until the next push. */
  values(): Float64Array {
    return this.numbers.subarray(0, this.used);
  }

  private reserve(more: number): void {
    const needed = this.used + more;
    if (needed <= this.numbers.length) return;
    const larger = new Float64Array(Math.max(needed, 2 * this.numbers.length));
    larger.set(this.numbers);
    this.numbers = larger;
  }
}
