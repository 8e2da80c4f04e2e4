/** Every method with its defaults, without anything that trains: the same outputs, merged where it is a linear map everywhere. */
import { describe, expect, it } from "vitest";
import { frozenModel, mergedModel } from "../../src/core/model/frozen";
import { logitsOf, moved, type Ready, subjects } from "./subject";

const TOLERANCE = 1e-4;

const isLinear = ({ model: { method: adapter, backbone }, weights }: Ready): boolean =>
  !adapter.prompts &&
  backbone.sites.every((site) =>
    [...(site.output.shared ? ["shared"] : []), ...site.output.tasks].every((stream) =>
      adapter.merged(weights, site, stream),
    ),
  );

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), a.length === b.length ? 0 : 1);

describe.each(subjects.filter(({ settings }) => Object.keys(settings).length === 0))("$title", (subject) => {
  const ready = moved(subject);
  const wanted = logitsOf(ready);

  it("frozen: the same outputs from constants", () => {
    const frozen = frozenModel(ready.model, ready.weights);
    expect(frozen.model.layout.size).toBe(0);
    expect(largestDifference(wanted, logitsOf(frozen))).toBeLessThan(TOLERANCE);
  });

  it("merged: the same outputs, or a refusal that says why", () => {
    if (isLinear(ready)) {
      const merged = mergedModel(ready.model, ready.weights);
      expect(largestDifference(wanted, logitsOf(merged))).toBeLessThan(TOLERANCE);
    } else expect(() => mergedModel(ready.model, ready.weights)).toThrow(/cannot be merged/);
  });
});
