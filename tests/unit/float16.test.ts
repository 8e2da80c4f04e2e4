import { expect, it } from "vitest";
import {
  decodeBfloat16,
  decodeFloat16,
  encodeFloat16,
  fromFloat16Bits,
  toFloat16Bits,
} from "../../src/core/math/float16";

it("every half goes to a float and back unchanged", () => {
  for (let bits = 0; bits < 65536; bits++) {
    const value = fromFloat16Bits(bits);
    if (Number.isNaN(value)) expect(Number.isNaN(fromFloat16Bits(toFloat16Bits(value)))).toBe(true);
    else if (toFloat16Bits(value) !== bits) expect([bits, toFloat16Bits(value)]).toEqual([bits, bits]);
  }
});

it("decodes known patterns", () => {
  const patterns = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0x3555, 0x7c00, 0x8000);
  expect([...decodeFloat16(patterns)]).toEqual([
    1,
    -2,
    65504,
    2 ** -24,
    2 ** -14,
    1365 / 4096,
    Number.POSITIVE_INFINITY,
    -0,
  ]);
});

it("rounds to the nearest half, ties to even, also where the exponent or the range changes", () => {
  const between = (bits: number): number => (fromFloat16Bits(bits) + fromFloat16Bits(bits + 1)) / 2;
  for (const bits of [0, 1, 2, 0x3fe, 0x3ff, 0x400, 0x401, 0x3bff, 0x3c00, 0x3c01, 0x7bfe]) {
    const middle = between(bits);
    expect(toFloat16Bits(middle)).toBe(bits % 2 === 0 ? bits : bits + 1);
    expect(toFloat16Bits(middle * (1 - 2 ** -20))).toBe(bits);
    expect(toFloat16Bits(middle * (1 + 2 ** -20))).toBe(bits + 1);
    expect(toFloat16Bits(-middle * (1 + 2 ** -20))).toBe(0x8000 | (bits + 1));
  }
  expect(toFloat16Bits(65519)).toBe(0x7bff);
  expect(toFloat16Bits(65520)).toBe(0x7c00);
  expect(toFloat16Bits(1e30)).toBe(0x7c00);
  expect([...encodeFloat16([1e-10, -1e-10])]).toEqual([0, 0x8000]);
});

it("decodes bfloat16 as the upper half of a float32", () => {
  expect([...decodeBfloat16(Uint16Array.of(0x3f80, 0xc049, 0x0000))]).toEqual([1, -3.140625, 0]);
});
