/** Numbers that look like those of a run, the same in every run of a script. */

export const firstLoss: Readonly<Record<string, number>> = {
  semseg: 2.6,
  human_parts: 1.9,
  sal: 0.69,
  normals: 0.72,
  depth: 1.4,
  edge: 0.6,
};

export const finalMetric: Readonly<Record<string, readonly [start: number, end: number, constant: number]>> = {
  semseg: [0.03, 0.41, 0.07],
  human_parts: [0.05, 0.32, 0.13],
  sal: [0.2, 0.62, 0.31],
  normals: [58, 21.4, 38.2],
  depth: [2.1, 0.61, 1.32],
  edge: [0.1, 0.44, 0.19],
};

/** A small generator of its own, in [-0.5, 0.5): the same script gives the same screenshots. */
export function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
}
