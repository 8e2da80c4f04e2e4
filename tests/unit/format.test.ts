/** Numbers for people, the same in the page and at a terminal. */
import { describe, expect, it } from "vitest";
import { formatDuration, formatTick } from "../../src/figures/format";

describe("ticks", () => {
  it.each([
    [0, "0"],
    [-0.25, "−0.25"],
    [99999, "100000"],
    [150000, "1.5e5"],
    [0.0005, "5e−4"],
    [1e-7, "1e−7"],
  ])("%d is written %s", (value, says) => expect(formatTick(value)).toBe(says));
});

describe("durations", () => {
  it.each([
    [0, "0 s"],
    [499, "0 s"],
    [45_000, "45 s"],
    [59_600, "1 min 00 s"],
    [178_000, "2 min 58 s"],
    [3_599_600, "1 h 00 min"],
    [64 * 60_000, "1 h 04 min"],
    [100 * 3600_000, "100 h 00 min"],
    [-5, "0 s"],
    [Number.NaN, "–"],
    [Infinity, "–"],
  ])("an estimate of %d ms is told in whole seconds: %s", (ms, says) => expect(formatDuration(ms)).toBe(says));

  it.each([
    [0, "0.0 ms"],
    [7.24, "7.2 ms"],
    [9.96, "10 ms"],
    [230.4, "230 ms"],
    [999.6, "1.0 s"],
    [9949, "9.9 s"],
    [9960, "10 s"],
    [178_000, "2 min 58 s"],
  ])("%d ms that were measured: %s", (ms, says) => expect(formatDuration(ms, "ms")).toBe(says));
});
