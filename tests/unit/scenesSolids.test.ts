import { describe, expect, it } from "vitest";
import { intersect, MISS } from "../../src/data/scenes/intersect";
import { material } from "../../src/data/scenes/materials";
import { Rng } from "../../src/data/scenes/random";
import { Frame, Solids, STRIDE, type Tag, type Vec3 } from "../../src/data/scenes/solids";
import { distanceTo, normalAt } from "../../src/data/scenes/surface";

const tag: Tag = { material: material("wood", "plain", [0.5, 0.5, 0.5]), semClass: 0, instance: 0 };
const tilted = Frame.standing(0.1, -0.2, 0.7, 0.3).child(0, 0, 0, 0.5);

const shapes: Record<string, (solids: Solids) => void> = {
  sphere: (solids) => solids.sphere(tag, [0.1, 0.2, -0.1], 0.7),
  ellipsoid: (solids) => solids.ellipsoid(tag, tilted, [0.8, 0.3, 0.5]),
  "tapered capsule": (solids) => solids.capsule(tag, [-0.4, 0, 0.2], [0.5, 0.4, -0.1], 0.35, 0.15),
  cylinder: (solids) => solids.cone(tag, [0, -0.5, 0.1], [0.1, 0.6, 0], 0.4),
  "truncated cone": (solids) => solids.cone(tag, [0.2, -0.4, 0], [0, 0.5, 0.1], 0.6, 0.2),
  box: (solids) => solids.box(tag, tilted, [0.5, 0.3, 0.7]),
  "rounded box": (solids) => solids.box(tag, tilted, [0.5, 0.3, 0.7], 0.2),
};

/** Where a ray starts, its direction, the distance to the solid found by small steps (MISS for none), and the one computed. */
interface Shot {
  readonly origin: Vec3;
  readonly direction: Vec3;
  readonly marched: number;
  readonly computed: number;
}

const STEP = 0.002;

/** Random rays from 2 m away towards the solid; marching asks only on which side of the surface a point is. */
function shoot(solids: Solids, count: number): Shot[] {
  const rng = new Rng(7, 1);
  const g = solids.geometry;
  const kind = solids.kind[0]!;
  return Array.from({ length: count }, () => {
    const turn = rng.range(0, 2 * Math.PI);
    const lift = rng.range(-1.2, 1.2);
    const origin: Vec3 = [2 * Math.cos(turn) * Math.cos(lift), 2 * Math.sin(lift), 2 * Math.sin(turn) * Math.cos(lift)];
    const aim = [0, 1, 2].map((k) => rng.range(-0.7, 0.7) - origin[k]!) as unknown as Vec3;
    const length = Math.hypot(...aim);
    const direction = aim.map((value) => value / length) as unknown as Vec3;
    let marched = MISS;
    for (let t = 0; t < 4 && marched === MISS; t += STEP) {
      const p = at(origin, direction, t);
      if (distanceTo(g, kind, 0, ...p) <= 0) marched = t;
    }
    return { origin, direction, marched, computed: intersect(g, kind, 0, ...origin, ...direction) };
  });
}

function at(origin: Vec3, direction: Vec3, t: number): [number, number, number] {
  return [origin[0] + t * direction[0], origin[1] + t * direction[1], origin[2] + t * direction[2]];
}

describe.each(Object.entries(shapes))("%s", (_name, build) => {
  const solids = new Solids();
  build(solids);
  const g = solids.geometry;
  const kind = solids.kind[0]!;
  const shots = shoot(solids, 150);

  it("is entered where marching enters it, or grazed within a step", () => {
    let hits = 0;
    for (const { marched, computed } of shots) {
      if (marched === MISS) continue;
      hits++;
      expect(computed).toBeLessThanOrEqual(marched + 1e-6);
      // The distance to a tapered capsule is measured straight from its axis, which is inside its hull by up to this much.
      expect(computed).toBeGreaterThan(marched - STEP - 0.03);
    }
    expect(hits).toBeGreaterThan(40);
    const extra = shots.filter((shot) => shot.marched === MISS && shot.computed !== MISS).length;
    // Marching can step over a corner that the ray cuts by less than a step.
    expect(extra).toBeLessThanOrEqual(3);
  });

  it("is hit inside its bounding sphere, with a unit normal against the ray that is the gradient of the distance", () => {
    let smooth = 0;
    for (const { origin, direction, computed } of shots) {
      if (computed === MISS) continue;
      const p = at(origin, direction, computed);
      const bound = g.subarray(17, STRIDE);
      expect(Math.hypot(p[0] - bound[0]!, p[1] - bound[1]!, p[2] - bound[2]!)).toBeLessThan(bound[3]! + 1e-6);
      const normal = new Float64Array(3);
      normalAt(g, kind, 0, ...p, normal);
      expect(Math.hypot(normal[0]!, normal[1]!, normal[2]!)).toBeCloseTo(1, 9);
      expect(normal[0]! * direction[0] + normal[1]! * direction[1] + normal[2]! * direction[2]).toBeLessThan(1e-6);
      // From just outside the surface, the nearest way back is against the normal.
      const above = at(p, [normal[0]!, normal[1]!, normal[2]!], 0.02);
      const beside = at(above, direction, 1e-4);
      const slope = (distanceTo(g, kind, 0, ...beside) - distanceTo(g, kind, 0, ...above)) / 1e-4;
      expect(slope).toBeLessThan(1e-3);
      smooth++;
    }
    expect(smooth).toBeGreaterThan(40);
  });

  it("is not hit by rays that leave it", () => {
    for (const { origin, direction, computed } of shots) {
      if (computed === MISS) continue;
      const normal = new Float64Array(3);
      normalAt(g, kind, 0, ...at(origin, direction, computed), normal);
      const p = at(at(origin, direction, computed), [normal[0]!, normal[1]!, normal[2]!], 1e-4);
      expect(intersect(g, kind, 0, ...p, normal[0]!, normal[1]!, normal[2]!)).toBe(MISS);
    }
  });
});
