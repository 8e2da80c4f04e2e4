/** Random numbers of the scenes: draws by Philox, and a cheap lattice hash for textures. Integer operations alone, so scenes are the same everywhere. */
import { philox4x32 } from "../../core/math/random";

/** A stream of random numbers. Its state is one-to-one in (key, stream): the key is Philox's, the stream a word of its counter. */
export class Rng {
  private readonly key: readonly [number, number];
  private readonly counter: Uint32Array;
  private readonly block = new Uint32Array(4);
  private used = 4;

  /** key: integer in [0, 2^53); stream: which independent use of the key. */
  constructor(key: number, stream: number) {
    this.key = [key >>> 0, Math.floor(key / 4294967296) >>> 0];
    this.counter = Uint32Array.of(0, stream, 0, 0);
  }

  /** Next 32 random bits as an unsigned integer. */
  next(): number {
    if (this.used === 4) {
      philox4x32(this.counter, this.key, this.block);
      this.counter[0]!++;
      this.used = 0;
    }
    return this.block[this.used++]!;
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
