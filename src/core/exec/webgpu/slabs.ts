/**
 * Places intermediate values in a few slabs, each one GPU buffer.
 *
 * Two values may share bytes when they are never alive at the same dispatch. Two values of which one dispatch reads one and writes
 * the other may not even share a slab, because WebGPU forbids a buffer to be bound for reading and for writing at once, ranges
 * apart or not. So this is offline storage allocation under a colouring. Values are placed one by one, each at the lowest gap of
 * the slab that grows least; several orders are tried and the smallest total is kept.
 */
import { alignUp } from "./regions";

/** A value's life in dispatch indices, both ends included. */
export interface Life {
  readonly floats: number;
  readonly first: number;
  readonly last: number;
  /** Values (by index) that may not lie in the same slab. */
  readonly apart: ReadonlySet<number>;
}

export interface SlabPlan {
  /** Floats of each slab. */
  readonly slabs: readonly number[];
  readonly places: readonly { readonly slab: number; readonly offset: number }[];
}

interface Placed {
  readonly index: number;
  readonly offset: number;
  readonly end: number;
  readonly first: number;
  readonly last: number;
}

/** The lowest place where `life` fits among the placed values of one slab. */
function lowestGap(placed: readonly Placed[], life: Life, size: number): number {
  let offset = 0;
  // `placed` is sorted by offset, so one walk finds the first gap between the values alive at the same time.
  for (const p of placed) {
    if (p.last < life.first || p.first > life.last) continue;
    if (p.offset >= offset + size) break;
    offset = Math.max(offset, p.end);
  }
  return offset;
}

function insert(placed: Placed[], value: Placed): void {
  let at = placed.length;
  while (at > 0 && placed[at - 1]!.offset > value.offset) at--;
  placed.splice(at, 0, value);
}

function pack(lives: readonly Life[], order: readonly number[], limit: number): SlabPlan {
  const slabs: { placed: Placed[]; height: number; members: Set<number> }[] = [];
  const places = lives.map(() => ({ slab: 0, offset: 0 }));
  for (const index of order) {
    const life = lives[index]!;
    const size = alignUp(life.floats);
    let best: { slab: number; offset: number; growth: number } | undefined;
    for (const [slab, { placed, height, members }] of slabs.entries()) {
      if (intersects(life.apart, members)) continue;
      const offset = lowestGap(placed, life, size);
      const growth = Math.max(0, offset + size - height);
      if (offset + size > limit || (best && growth >= best.growth)) continue;
      best = { slab, offset, growth };
    }
    best ??= open(slabs);
    const slab = slabs[best.slab]!;
    insert(slab.placed, { index, offset: best.offset, end: best.offset + size, first: life.first, last: life.last });
    slab.height = Math.max(slab.height, best.offset + size);
    slab.members.add(index);
    places[index] = { slab: best.slab, offset: best.offset };
  }
  return { slabs: slabs.map((s) => s.height), places };
}

function open(slabs: { placed: Placed[]; height: number; members: Set<number> }[]) {
  slabs.push({ placed: [], height: 0, members: new Set() });
  return { slab: slabs.length - 1, offset: 0, growth: 0 };
}

function intersects(a: ReadonlySet<number>, b: ReadonlySet<number>): boolean {
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  for (const x of small) if (large.has(x)) return true;
  return false;
}

const total = (plan: SlabPlan): number => plan.slabs.reduce((sum, n) => sum + n, 0);

/** Orders worth trying: large first, long-lived first, by area, by birth, by death. */
function orders(lives: readonly Life[]): number[][] {
  const span = (l: Life): number => Math.min(l.last, 1e6) - l.first + 1;
  const keys: ((l: Life) => number)[] = [
    (l) => -l.floats,
    (l) => -l.floats * span(l),
    (l) => -span(l),
    (l) => l.first,
    (l) => -l.last,
    (l) => -l.floats * Math.sqrt(span(l)),
  ];
  return keys.map((key) =>
    lives
      .map((_, i) => i)
      .sort((i, j) => key(lives[i]!) - key(lives[j]!) || lives[j]!.floats - lives[i]!.floats || i - j),
  );
}

/** `limit`: largest slab in floats. Throws where one value alone is larger. */
export function planSlabs(lives: readonly Life[], limit: number): SlabPlan {
  const tooLarge = lives.find((l) => alignUp(l.floats) > limit);
  if (tooLarge) {
    throw new Error(
      `A value of ${tooLarge.floats * 4} bytes is larger than the ${limit * 4} bytes that this device binds at once. Use a smaller batch or image.`,
    );
  }
  let best: SlabPlan | undefined;
  for (const order of orders(lives)) {
    const plan = pack(lives, order, limit);
    if (!best || total(plan) < total(best)) best = plan;
  }
  return best ?? { slabs: [], places: [] };
}
