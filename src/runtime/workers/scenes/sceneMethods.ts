/** What the worker of a ScenePool can do. */
import { renderSceneWithAttributes } from "../../../data/scenes/index";

export interface PoolSpec {
  readonly seed: number;
  readonly split: "train" | "val";
  readonly count: number;
  readonly size: number;
  readonly grid: number;
}

/** Shared by both threads. */
export interface PoolMemory {
  readonly spec: PoolSpec;
  /** [N,S,S,3] */
  readonly images: Uint8Array;
  /** [N,g,g,A], shares times 255. */
  readonly attributes: Uint8Array;
}

export const sceneMethods = {
  /** Scene after scene into the shared memory; tells how many are there. */
  render({ spec, images, attributes }: PoolMemory, onProgress: (ready: number) => void): void {
    for (let i = 0; i < spec.count; i++) {
      const scene = renderSceneWithAttributes(spec.seed + i, spec.split, spec.size, spec.size, spec.grid);
      images.set(scene.sample.image.data, i * scene.sample.image.data.length);
      attributes.set(
        scene.attributes.map((share) => Math.round(255 * share)),
        i * scene.attributes.length,
      );
      onProgress(i + 1);
    }
  },
};

export type SceneMethods = typeof sceneMethods;
