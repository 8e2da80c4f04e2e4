/**
 * Integer random numbers of the scenes: a small fast counter generator (sfc32, Chris Doty-Humphrey's PractRand) and a lattice hash.
 * Only 32-bit integer operations and exact divisions by powers of two are used, so every machine draws the same scene.
 */

/** A stream of random numbers. Two streams with different (key, stream) start from different states, never from one. */
export class Rng {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  /** key: integer in [0, 2^53); stream: which independent use of the key (layout, people, ...). */
  constructor(key: number, stream: number) {
    this.a = key >>> 0;
    this.b = Math.floor(key / 4294967296) >>> 0;
    this.c = stream >>> 0;
    for (let i = 0; i < 15; i++) this.next();
  }

  /** Next 32 random bits as an unsigned integer. */
  next(): number {
    const sum = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum;
    this.c |= 0;
    return sum >>> 0;
  }

  /** Uniform in [0, 1). */
  float(): number {
    return this.next() / 4294967296;
  }

  /** Uniform in [low, high). */
  range(low: number, high: number): number {
    return low + (high - low) * this.float();
  }

  /** Uniform integer in [0, count). */
  int(count: number): number {
    return Math.floor(this.float() * count);
  }

  chance(probability: number): boolean {
    return this.float() < probability;
  }

  /** -1 or 1. */
  sign(): number {
    return this.float() < 0.5 ? -1 : 1;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.int(list.length)] as T;
  }

  /** Index drawn with probability proportional to its weight. */
  weighted(weights: readonly number[]): number {
    let left = this.float() * weights.reduce((sum, weight) => sum + weight, 0);
    for (let i = 0; i < weights.length; i++) {
      left -= weights[i] as number;
      if (left < 0) return i;
    }
    return weights.length - 1;
  }
}

/** Hash of a lattice point to [0, 1). */
export function hash2(x: number, y: number): number {
  let h = Math.imul(x | 0, 0x27d4eb2d) ^ Math.imul(y | 0, 0x165667b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
}

/** Value noise in [0, 1], continuous with continuous first derivative, one feature per unit of x and y. */
export function noise2(x: number, y: number): number {
  const ix = Math.floor(x);
  const iy = Math.floor(y);
  let fx = x - ix;
  let fy = y - iy;
  fx = fx * fx * (3 - 2 * fx);
  fy = fy * fy * (3 - 2 * fy);
  const bottom = hash2(ix, iy) * (1 - fx) + hash2(ix + 1, iy) * fx;
  const top = hash2(ix, iy + 1) * (1 - fx) + hash2(ix + 1, iy + 1) * fx;
  return bottom * (1 - fy) + top * fy;
}
