/** SHA-256 (FIPS 180-4) of bytes, synchronous and without the platform's crypto: names cached results and base models by content. */

const BLOCK_BYTES = 64;

/** The first 32 bits of the fractional parts of the square (initial state) and cube roots (round constants) of the first primes. */
const { initialState, roundConstants } = primeRootConstants();

/** SHA-256 of bytes that come in pieces. */
export class Sha256 {
  private readonly state = Uint32Array.from(initialState);
  private readonly schedule = new Uint32Array(64);
  /** Its first `length % BLOCK_BYTES` bytes did not fill a block yet. */
  private readonly block = new Uint8Array(BLOCK_BYTES);
  private length = 0;

  add(bytes: Uint8Array): this {
    const filled = this.length % BLOCK_BYTES;
    this.length += bytes.length;
    let at = 0;
    if (filled > 0) {
      at = Math.min(BLOCK_BYTES - filled, bytes.length);
      this.block.set(bytes.subarray(0, at), filled);
      if (filled + at < BLOCK_BYTES) return this;
      compress(this.state, this.schedule, this.block, 0);
    }
    for (; at + BLOCK_BYTES <= bytes.length; at += BLOCK_BYTES) compress(this.state, this.schedule, bytes, at);
    this.block.set(bytes.subarray(at));
    return this;
  }

  /** 64 lower-case hexadecimal digits. Nothing may be added afterwards. */
  digest(): string {
    const tail = paddedTail(this.block.subarray(0, this.length % BLOCK_BYTES), this.length);
    for (let at = 0; at < tail.length; at += BLOCK_BYTES) compress(this.state, this.schedule, tail, at);
    return Array.from(this.state, (word) => word.toString(16).padStart(8, "0")).join("");
  }
}

/** SHA-256 as 64 lower-case hexadecimal digits. */
export const sha256 = (bytes: Uint8Array): string => new Sha256().add(bytes).digest();

/** SHA-256 over the bytes of a typed array, for example a weight. */
export function sha256OfArray(array: ArrayBufferView): string {
  return sha256(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
}

/** The rest of a message of `length` bytes, the bit 1, zeros, and the message's length in bits as a 64-bit big-endian number. */
function paddedTail(rest: Uint8Array, length: number): Uint8Array {
  const tail = new Uint8Array(rest.length + 9 > BLOCK_BYTES ? 2 * BLOCK_BYTES : BLOCK_BYTES);
  tail.set(rest);
  tail[rest.length] = 0x80;
  const view = new DataView(tail.buffer);
  view.setUint32(tail.length - 8, Math.floor(length / 0x20000000));
  view.setUint32(tail.length - 4, (length << 3) >>> 0);
  return tail;
}

const rotateRight = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

function compress(state: Uint32Array, w: Uint32Array, bytes: Uint8Array, offset: number): void {
  for (let i = 0; i < 16; i++) {
    const at = offset + 4 * i;
    w[i] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  }
  for (let i = 16; i < 64; i++) {
    const near = w[i - 2]!;
    const far = w[i - 15]!;
    const sigma1 = rotateRight(near, 17) ^ rotateRight(near, 19) ^ (near >>> 10);
    const sigma0 = rotateRight(far, 7) ^ rotateRight(far, 18) ^ (far >>> 3);
    w[i] = (sigma1 + w[i - 7]! + sigma0 + w[i - 16]!) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
  for (let i = 0; i < 64; i++) {
    const sum1 = rotateRight(e, 6) ^ rotateRight(e, 11) ^ rotateRight(e, 25);
    const first = (h + sum1 + ((e & f) ^ (~e & g)) + roundConstants[i]! + w[i]!) | 0;
    const sum0 = rotateRight(a, 2) ^ rotateRight(a, 13) ^ rotateRight(a, 22);
    const second = (sum0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  const add = [a, b, c, d, e, f, g, h];
  for (let i = 0; i < 8; i++) state[i] = state[i]! + add[i]!;
}

/** Exact integer roots, so that the constants do not hang on how an engine rounds a power. */
function primeRootConstants(): { initialState: Uint32Array; roundConstants: Uint32Array } {
  const primes: bigint[] = [];
  for (let n = 2n; primes.length < 64; n++) if (primes.every((p) => n % p !== 0n)) primes.push(n);
  const fraction = (prime: bigint, degree: bigint): number =>
    Number(integerRoot(prime << (32n * degree), degree) & 0xffffffffn);
  return {
    initialState: Uint32Array.from(primes.slice(0, 8), (prime) => fraction(prime, 2n)),
    roundConstants: Uint32Array.from(primes, (prime) => fraction(prime, 3n)),
  };
}

function integerRoot(value: bigint, degree: bigint): bigint {
  let low = 0n;
  let high = 1n << 40n;
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (middle ** degree <= value) low = middle;
    else high = middle;
  }
  return low;
}
