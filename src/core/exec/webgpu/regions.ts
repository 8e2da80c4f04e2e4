/** Where values lie: a root is one piece of memory, a region a part of it. Plain data, made without a device. */

/** Slices that a binding may start at: WebGPU's minStorageBufferOffsetAlignment of 256 bytes, in floats. */
export const alignFloats = 64;

export const alignUp = (floats: number): number => Math.ceil(Math.max(1, floats) / alignFloats) * alignFloats;

export type TableData = Int32Array | Uint32Array | Float32Array;

/** What a root's memory is:
 *  - arena: intermediate values; shares a slab with values that are not alive at the same time
 *  - state: named, owned by the executor, shared by its plans
 *  - feed:  inputs, written before every run
 *  - data:  a constant or a kernel's table, uploaded once for each array object
 *  - fill:  one number everywhere, uploaded once
 *  - kept:  a concatenation with constant parts: memory of its own, so that those parts are written once and stay
 */
export type RootKind =
  | { readonly kind: "arena" }
  | { readonly kind: "state"; readonly name: string }
  | { readonly kind: "feed" }
  | { readonly kind: "data"; readonly data: TableData }
  | { readonly kind: "fill"; readonly value: number }
  | { readonly kind: "kept"; readonly initial: readonly InitialPart[] };

export interface InitialPart {
  readonly offset: number;
  readonly floats: number;
  /** Numbers, or one number everywhere. */
  readonly data: Float32Array | number;
}

export interface Root {
  readonly of: RootKind;
  readonly floats: number;
  /** Arena only: index of the slab and the place in it, set by the slab planner. */
  slab: number;
  place: number;
}

export const makeRoot = (of: RootKind, floats: number): Root => ({ of, floats, slab: -1, place: 0 });

export interface Region {
  readonly root: Root;
  /** Floats from the root's start; a multiple of 64. */
  readonly offset: number;
  readonly floats: number;
}
