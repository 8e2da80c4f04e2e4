import { describe, expect, it } from "vitest";
import { philox4x32, random } from "../../src/core/math/random";

const hex = (block: Uint32Array): string => Array.from(block, (word) => word.toString(16).padStart(8, "0")).join(" ");

describe("philox4x32", () => {
  // Known answers published with Random123 (kat_vectors, philox4x32 10).
  it.each([
    [[0, 0, 0, 0], [0, 0], "6627e8d5 e169c58d bc57ac4c 9b00dbd8"],
    [[0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], "408f276d 41c83b0e a20bc7c6 6d5451fd"],
    [[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], "d16cfe09 94fdcceb 5001e420 24126ea1"],
  ])("gives the published answer for counter %j and key %j", (counter, key, answer) => {
    expect(hex(philox4x32(counter, key))).toBe(answer);
  });
});

describe("random", () => {
  it("reads any position without drawing the ones before it", () => {
    const drawn = random(3, "a");
    const sequence = Array.from({ length: 40 }, () => drawn.uint32());
    const read = random(3, "a");
    for (const position of [39, 0, 17, 4, 3]) expect(read.at(position)).toBe(sequence[position]);
    expect(read.uint32()).toBe(sequence[0]);
    expect(random(3, "a").at(2 ** 33)).not.toBe(sequence[0]);
  });

  it("gives other numbers for another seed, another name and another order of names", () => {
    const streams = [
      random(1),
      random(2),
      random(1, "a"),
      random(1, "b"),
      random(1, "a", "b"),
      random(1, "b", "a"),
      random(1, "ab"),
      random(1, 1),
      random(1, "1"),
    ];
    expect(new Set(streams.map((stream) => stream.uint32())).size).toBe(streams.length);
  });

  it("names a stream by all of its words, however they were given", () => {
    expect(random(5, "x").stream("y", 2).uint32()).toBe(random(5, "x", "y", 2).uint32());
  });

  it("keeps its numbers from release to release", () => {
    const stream = random(2024, "kept");
    expect([stream.uint32(), stream.int(1000), stream.uniform(), stream.normal()]).toMatchInlineSnapshot(`
      [
        142662465,
        726,
        0.6661590626463294,
        -0.4369574529561448,
      ]
    `);
  });

  it("draws uniform numbers with mean 1/2 and variance 1/12", () => {
    const stream = random(1, "uniform");
    const { mean, variance, values } = moments(100_000, () => stream.uniform());
    expect(mean).toBeCloseTo(0.5, 2);
    expect(variance).toBeCloseTo(1 / 12, 3);
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
  });

  it("draws normal numbers with the normal's moments and tails", () => {
    const stream = random(1, "normal");
    const { mean, variance, values } = moments(100_000, () => stream.normal());
    expect(Math.abs(mean)).toBeLessThan(0.015);
    expect(variance).toBeCloseTo(1, 1);
    // P(|z| > 1.96) = 0.05 and P(|z| > 3.29) = 0.001.
    expect(values.filter((z) => Math.abs(z) > 1.959964).length / values.length).toBeCloseTo(0.05, 2);
    expect(values.filter((z) => Math.abs(z) > 3.290527).length).toBeGreaterThan(60);
    expect(values.filter((z) => Math.abs(z) > 3.290527).length).toBeLessThan(150);
  });

  it("draws every integer below the bound about equally often", () => {
    const stream = random(1, "int");
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 70_000; i++) counts[stream.int(7)]!++;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400);
    expect(() => stream.int(0)).toThrow(/bound/);
  });

  it("shuffles into every order about equally often, and keeps every item", () => {
    const stream = random(9, "shuffle");
    const counts = new Map<string, number>();
    for (let i = 0; i < 12_000; i++) {
      const order = stream.shuffle(["a", "b", "c"]).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 2000)).toBeLessThan(250);
    expect([...random(1).permutation(100)].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(random(1).permutation(0).length).toBe(0);
  });

  it("refuses a seed that is not a number", () => {
    expect(() => random(Number.NaN)).toThrow(/seed/);
  });
});

function moments(count: number, draw: () => number): { mean: number; variance: number; values: number[] } {
  const values = Array.from({ length: count }, draw);
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
  return { mean, variance, values };
}
