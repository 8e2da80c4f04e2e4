/** The files of scripts/make-array-fixtures.py, what they hold, files written in hexadecimal, and arrays as fast-check draws them. */
import { readFileSync } from "node:fs";
import fc from "fast-check";

/** An array as a test compares it. */
export interface Expected {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

const folder = "tests/fixtures/arrays";
export const file = (name: string): Uint8Array => new Uint8Array(readFileSync(`${folder}/${name}`));
export const expected = JSON.parse(readFileSync(`${folder}/expected.json`, "utf8")) as Record<string, Expected> & {
  mat: Record<string, Expected>;
};
/** Hexadecimal bytes, with a comment behind ";" in each line. */
export const bytes = (hex: string): Uint8Array =>
  new Uint8Array(Buffer.from(hex.replace(/;.*$/gm, "").replace(/\s+/g, ""), "hex"));
export const ascii = (words: string): string => Buffer.from(words, "latin1").toString("hex");
export const plain = ({ shape, data }: { shape: readonly number[]; data: ArrayLike<number> }): Expected => ({
  shape,
  data: Array.from(data),
});

/** Shapes of up to 60 numbers, empty axes among them. */
const shapes = fc
  .array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 4 })
  .filter((shape) => shape.reduce((product, length) => product * length, 1) <= 60);
export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);
const integers = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });
const single = fc.float({ noNaN: false });
const half = fc.integer({ min: 0, max: 65535 }).map((bits) => {
  const [sign, exponent, mantissa] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * mantissa * 2 ** -24 : sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
});
/** Values of each type; 64-bit integers are read where 32 bits hold them. */
export const valuesOf: Readonly<Record<string, fc.Arbitrary<number>>> = {
  b1: integers(0, 1),
  u1: integers(0, 255),
  i1: integers(-128, 127),
  u2: integers(0, 65535),
  i2: integers(-32768, 32767),
  u4: integers(0, 2 ** 32 - 1),
  i4: integers(-(2 ** 31), 2 ** 31 - 1),
  u8: integers(0, 2 ** 32 - 1),
  i8: integers(-(2 ** 31), 2 ** 31 - 1),
  f2: half,
  f4: single,
  f8: fc.double(),
};

export const arrays = (types: readonly string[]) =>
  fc.tuple(fc.constantFrom(...types), shapes).chain(([type, shape]) =>
    fc.record({
      type: fc.constant(type),
      shape: fc.constant(shape),
      data: fc.array(valuesOf[type]!, { minLength: sizeOf(shape), maxLength: sizeOf(shape) }),
    }),
  );
