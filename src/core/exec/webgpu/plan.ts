/** The whole plan of a graph: dispatches, memory and cost. Pure: `npm run plan` computes it for models that no device here holds. */
import type { DeviceLimits } from "../../graph/kernel";
import type { Graph } from "../../graph/node";
import type { PlanCost } from "../executor";
import { type Emission, emit } from "./emit";
import { lower } from "./lower";
import { alignUp, type Region, type Root } from "./regions";
import { type Life, planSlabs } from "./slabs";

export interface PlanLimits extends DeviceLimits {
  /** The smaller of maxStorageBufferBindingSize and maxBufferSize. */
  readonly maxBufferBytes: number;
}

export interface GraphPlan extends Emission {
  readonly graph: Graph;
  /** Floats of each slab. */
  readonly slabs: readonly number[];
  readonly cost: PlanCost;
}

export function planGraph(graph: Graph, limits: PlanLimits): GraphPlan {
  const emission = emit(lower(graph, limits), limits);
  const arena = arenaOf(emission);
  const { slabs, places } = planSlabs(arena.lives, Math.floor(limits.maxBufferBytes / 4));
  arena.roots.forEach((root, i) => {
    root.slab = places[i]!.slab;
    root.place = places[i]!.offset;
  });
  const kept = keptFloats(emission);
  const cost: PlanCost = {
    dispatches: emission.dispatches.length,
    flops: emission.dispatches.reduce((sum, d) => sum + d.flops, 0),
    arenaBytes: 4 * (slabs.reduce((sum, n) => sum + n, 0) + kept),
    liveBytes: 4 * liveFloats(emission),
  };
  return { ...emission, graph, slabs, cost };
}

const ends = Number.POSITIVE_INFINITY;

/** Lives of the arena's roots: from the first dispatch that writes to the last that reads; outputs live on. */
export function arenaOf({ dispatches, outputs }: Emission): { roots: Root[]; lives: Life[] } {
  const index = new Map<Root, number>();
  const lives: { floats: number; first: number; last: number; apart: Set<number> }[] = [];
  const idOf = (root: Root, at: number): number | undefined => {
    if (root.of.kind !== "arena") return undefined;
    let id = index.get(root);
    if (id === undefined) {
      id = lives.length;
      index.set(root, id);
      lives.push({ floats: root.floats, first: at, last: at, apart: new Set() });
    }
    lives[id]!.last = Math.max(lives[id]!.last, at);
    return id;
  };
  for (const [at, { reads, writes }] of dispatches.entries()) {
    const read = reads.map((r) => idOf(r.root, at));
    for (const w of writes.map((r) => idOf(r.root, at))) {
      for (const r of read) {
        if (r === undefined || w === undefined) continue;
        lives[r]!.apart.add(w);
        lives[w]!.apart.add(r);
      }
    }
  }
  for (const region of outputs.values()) idOf(region.root, ends);
  return { roots: [...index.keys()], lives };
}

function keptFloats({ dispatches }: Emission): number {
  const kept = new Set<Root>();
  for (const { writes } of dispatches) for (const { root } of writes) if (root.of.kind === "kept") kept.add(root);
  return [...kept].reduce((sum, root) => sum + alignUp(root.floats), 0);
}

/**
 * The most floats alive at one dispatch, whatever the placement: every part of memory counts from the dispatch that first writes
 * it to the last one that touches its root.
 */
function liveFloats({ dispatches, outputs }: Emission): number {
  const change = new Float64Array(dispatches.length + 1);
  const last = new Map<Root, number>();
  for (const [at, { reads, writes }] of dispatches.entries())
    for (const r of [...reads, ...writes]) last.set(r.root, at);
  for (const { root } of outputs.values()) last.set(root, dispatches.length - 1);
  const written = new Map<Root, Span[]>();
  for (const [at, { writes }] of dispatches.entries()) {
    for (const part of writes) {
      if (!isIntermediate(part)) continue;
      const spans = written.get(part.root) ?? [];
      written.set(part.root, spans);
      const fresh = cover(spans, part.offset, part.offset + part.floats);
      change[at]! += fresh;
      change[last.get(part.root)! + 1]! -= fresh;
    }
  }
  let [now, most] = [0, 0];
  for (const delta of change) {
    now += delta;
    most = Math.max(most, now);
  }
  return most;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Adds a span to disjoint spans; returns how much of it was not covered yet. */
function cover(spans: Span[], start: number, end: number): number {
  let overlap = 0;
  let [low, high] = [start, end];
  for (let i = spans.length - 1; i >= 0; i--) {
    const span = spans[i]!;
    if (span.end < start || span.start > end) continue;
    overlap += Math.max(0, Math.min(span.end, end) - Math.max(span.start, start));
    low = Math.min(low, span.start);
    high = Math.max(high, span.end);
    spans.splice(i, 1);
  }
  spans.push({ start: low, end: high });
  return end - start - overlap;
}

const isIntermediate = ({ root }: Region): boolean => root.of.kind === "arena" || root.of.kind === "kept";
