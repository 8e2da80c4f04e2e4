/** The worker thread of a ScenePool: renders scene after scene into the shared memory. */
import { workerData } from "node:worker_threads";
import { renderSceneWithAttributes } from "../../../data/scenes/index";
import type { PoolMemory } from "./scenePool";

const { spec, images, attributes, ready } = workerData as PoolMemory;

for (let i = 0; i < spec.count; i++) {
  const scene = renderSceneWithAttributes(spec.seed + i, spec.split, spec.size, spec.size, spec.grid);
  images.set(scene.sample.image.data, i * scene.sample.image.data.length);
  attributes.set(
    scene.attributes.map((share) => Math.round(255 * share)),
    i * scene.attributes.length,
  );
  Atomics.store(ready, 0, i + 1);
}
