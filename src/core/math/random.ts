/**
 * Random numbers by counter: Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011).
 *
 * A number is a pure function of (seed, stream, position), made of 32-bit integer products and exclusive-ors alone, so it is the
 * same on every machine and can be reached without drawing the ones before it. Nothing here keeps global state.
 */

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;
const TWO_POW_32 = 4294967296;

/** Upper 32 bits of the 64-bit product of two unsigned 32-bit integers. */
function mulHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle % 65536);
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(carry / 65536)) >>> 0;
}

/** The Philox4x32-10 block function: counter [4] and key [2] of unsigned 32-bit integers → four of them, written to `out`. */
export function philox4x32(counter: ArrayLike<number>, key: ArrayLike<number>, out = new Uint32Array(4)): Uint32Array {
  let c0 = counter[0]! >>> 0;
  let c1 = counter[1]! >>> 0;
  let c2 = counter[2]! >>> 0;
  let c3 = counter[3]! >>> 0;
  let k0 = key[0]! >>> 0;
  let k1 = key[1]! >>> 0;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = mulHigh(MULTIPLIER_0, c0);
    const low0 = Math.imul(MULTIPLIER_0, c0);
    const high1 = mulHigh(MULTIPLIER_1, c2);
    const low1 = Math.imul(MULTIPLIER_1, c2);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1 >>> 0;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0 >>> 0;
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
  return out;
}

/** FNV-1a over UTF-16 code units, with a second word started elsewhere: two 32-bit words that tell streams apart. */
function hashLabel(label: string): readonly [number, number] {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (let i = 0; i < label.length; i++) {
    a = Math.imul(a ^ label.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ label.charCodeAt(i), 0x85ebca6b) ^ (b >>> 13);
  }
  return [a >>> 0, b >>> 0];
}

/** A stream of random numbers. `at` reads any position; the drawing methods read from the stream's own position on. */
export interface Random {
  /** The 32-bit integer at a position of the stream (an integer in [0, 2^34)), without moving. */
  at(position: number): number;
  uint32(): number;
  /** Uniform in [0, 1) with 32 bits. */
  uniform(): number;
  /** Normal with mean 0 and variance 1, by Marsaglia's polar method: two positions, or more where a pair is rejected. */
  normal(): number;
  /** Uniform integer in [0, bound), without bias. */
  int(bound: number): number;
  /** A random order of 0 .. length-1. */
  permutation(length: number): Uint32Array;
  /** Shuffles in place and returns the same array. */
  shuffle<T>(items: T[]): T[];
  /** An independent stream, named by this one's key and further words. */
  stream(...words: readonly (string | number)[]): Random;
}

const encodeWord = (word: string | number): string =>
  typeof word === "number" ? `#${word}` : `$${word.length}:${word}`;

/** A stream for a seed (any finite number) and words that name it, for example `random(7, "shuffle", epoch)`. */
export function random(seed: number, ...words: readonly (string | number)[]): Random {
  if (!Number.isFinite(seed)) throw new Error(`A seed must be a finite number, but it is ${seed}.`);
  return makeStream(encodeWord(seed), words);
}

function makeStream(parent: string, words: readonly (string | number)[]): Random {
  const label = [parent, ...words.map(encodeWord)].join("/");
  const key = hashLabel(label);
  const [salt0, salt1] = hashLabel(`${label}~`);
  const counter = new Uint32Array([0, 0, salt0, salt1]);
  const block = new Uint32Array(4);
  let cachedBlock = -1;
  let position = 0;

  const at = (index: number): number => {
    const blockIndex = Math.floor(index / 4);
    if (blockIndex !== cachedBlock) {
      counter[0] = blockIndex % TWO_POW_32;
      counter[1] = Math.floor(blockIndex / TWO_POW_32);
      philox4x32(counter, key, block);
      cachedBlock = blockIndex;
    }
    return block[index - 4 * blockIndex]!;
  };
  const uint32 = (): number => at(position++);
  const int = (bound: number): number => {
    if (!Number.isInteger(bound) || bound < 1 || bound > TWO_POW_32) {
      throw new Error(`A bound must be an integer in 1..2^32, but it is ${bound}.`);
    }
    // Values above the largest multiple of the bound are drawn again, as they would favour the small remainders.
    const limit = TWO_POW_32 - (TWO_POW_32 % bound);
    let value = uint32();
    while (value >= limit) value = uint32();
    return value % bound;
  };
  const permutation = (length: number): Uint32Array => {
    const order = Uint32Array.from({ length }, (_, index) => index);
    for (let i = length - 1; i > 0; i--) swap(order, i, int(i + 1));
    return order;
  };
  return {
    at,
    uint32,
    int,
    permutation,
    uniform: () => uint32() / TWO_POW_32,
    normal: () => polarNormal(uint32),
    shuffle: (items) => {
      for (let i = items.length - 1; i > 0; i--) swap(items, i, int(i + 1));
      return items;
    },
    stream: (...more) => makeStream(label, more),
  };
}

/** Marsaglia's polar method on signed uniforms; the half keeps both away from 0. */
function polarNormal(uint32: () => number): number {
  for (;;) {
    const x = (uint32() + 0.5) / 2147483648 - 1;
    const y = (uint32() + 0.5) / 2147483648 - 1;
    const square = x * x + y * y;
    if (square < 1) return x * Math.sqrt((-2 * portableLog(square)) / square);
  }
}

/**
 * ln(x) for 0 < x < 1 from IEEE sums, products and quotients alone: engines may round `Math.log` differently, and a seed must mean
 * the same run everywhere. x = m 2^e with m in [sqrt(1/2), sqrt(2)), then ln m = 2 artanh((m - 1) / (m + 1)) as a series.
 */
function portableLog(x: number): number {
  let mantissa = x;
  let exponent = 0;
  while (mantissa < Math.SQRT1_2) {
    mantissa *= 2;
    exponent--;
  }
  const z = (mantissa - 1) / (mantissa + 1);
  const square = z * z;
  let series = 0;
  for (let odd = 23; odd >= 1; odd -= 2) series = series * square + 1 / odd;
  return 2 * z * series + exponent * Math.LN2;
}

function swap<T>(items: { [index: number]: T }, i: number, j: number): void {
  const held = items[i]!;
  items[i] = items[j]!;
  items[j] = held;
}
