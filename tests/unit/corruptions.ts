/** Damage to files, as fast-check generates it, and what a parser may answer to it: a value, or an error in words of this project. */
import fc from "fast-check";

type Damage = (bytes: Uint8Array) => Uint8Array;

/** Lengths and offsets that lie: what a field of 1, 2, 4 or 8 bytes may be overwritten with. */
const LIES = [
  0n,
  1n,
  0x7fn,
  0xffn,
  0x7fffn,
  0xffffn,
  0x7fffffffn,
  0xffffffffn,
  2n ** 40n,
  2n ** 63n - 1n,
  2n ** 64n - 1n,
];

const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const at = (bytes: Uint8Array, where: number): number => Math.floor(where * bytes.length);

const cut = place.map(
  (where): Damage =>
    (bytes) =>
      bytes.slice(0, at(bytes, where)),
);
const flips = fc.array(fc.tuple(place, fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 8 }).map(
  (changes): Damage =>
    (bytes) => {
      const copy = bytes.slice();
      for (const [where, mask] of changes) copy[at(bytes, where)]! ^= mask;
      return copy;
    },
);
const lie = fc.tuple(place, fc.constantFrom(1, 2, 4, 8), fc.constantFrom(...LIES)).map(
  ([where, width, value]): Damage =>
    (bytes) => {
      const copy = bytes.slice();
      for (let i = 0; i < width && at(bytes, where) + i < copy.length; i++)
        copy[at(bytes, where) + i] = Number((value >> BigInt(8 * i)) & 255n);
      return copy;
    },
);
const moved = fc.tuple(place, place, place).map(
  ([from, to, length]): Damage =>
    (bytes) => {
      const copy = bytes.slice();
      const target = at(bytes, to);
      const piece = bytes.slice(at(bytes, from), at(bytes, from) + Math.floor(length * 64));
      copy.set(piece.subarray(0, copy.length - target), target);
      return copy;
    },
);
const grown = fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 40 })).map(
  ([where, more]): Damage =>
    (bytes) => {
      const split = at(bytes, where);
      return Uint8Array.of(...bytes.subarray(0, split), ...more, ...bytes.subarray(split));
    },
);

/** One to three injuries of a file: cut, flipped bytes, lying numbers, pieces moved or put in. */
export const damaged = (bytes: Uint8Array): fc.Arbitrary<Uint8Array> =>
  fc
    .array(fc.oneof(cut, flips, lie, moved, grown), { minLength: 1, maxLength: 3 })
    .map((injuries) => injuries.reduce((file, injure) => injure(file), bytes));

const MAX_MILLISECONDS = 1000;

/** Runs a parser on damaged bytes and holds it to its word: an answer, or a plain Error with a sentence, and soon. */
export async function answersOrRefuses<T>(read: () => Promise<T> | T): Promise<T | undefined> {
  const started = performance.now();
  const answer = await (async () => read())().catch((error: unknown) => {
    if (error instanceof Error && error.constructor === Error && /^\S.{15,}[.:]/s.test(error.message)) return undefined;
    throw new Error("The parser failed in a way of its own.", { cause: error });
  });
  const tookMs = performance.now() - started;
  // Two cores are often busy; a parser that hangs takes far longer.
  if (tookMs > MAX_MILLISECONDS) throw new Error(`The parser took ${tookMs} ms.`);
  return answer;
}
