/** What a run shows beside numbers, made up: adapted matrices with their spectra, and pictures of rendered scenes. */

import type { Picture } from "../../src/contracts/picture";
import type { RunConfig } from "../../src/contracts/runConfig";
import type { SamplePictures, SiteInfo } from "../../src/contracts/runEvent";
import { taskOf } from "../../src/core/tasks/registry";
import { renderScene, sceneClasses, scenePartClasses } from "../../src/data/scenes";
import { noise } from "./fakeNumbers";

export const palettes: Partial<Record<string, readonly (readonly [number, number, number])[]>> = {
  semseg: sceneClasses.map(({ color }) => color),
  human_parts: scenePartClasses.map(({ color }) => color),
};

export function sitesOf(config: RunConfig): { sites: SiteInfo[]; thetaLength: number } {
  const sites: SiteInfo[] = [];
  let offset = 0;
  const random = noise(5);
  for (let stage = 0; stage < 4; stage++)
    for (let block = 0; block < 2; block++)
      for (const [column, parts, tall] of [
        ["attn.qkv", 3, 1],
        ["attn.proj", 1, 1],
        ["mlp.fc1", 1, 4],
        ["mlp.fc2", 1, 1],
      ] as const) {
        const width = 32 * 2 ** stage;
        const streams = block === 1 && parts === 1 ? ["shared" as const, ...config.tasks] : ["shared" as const];
        const rows = streams.map((stream) => {
          const cells =
            stream === "shared"
              ? Number(config.method.settings["sharedCells"] ?? 16)
              : Number(config.method.settings["taskCells"] ?? 16);
          offset += cells - 1;
          return { stream, thetaOffset: offset - cells + 1, cells, trained: true };
        });
        for (let part = 0; part < parts; part++) {
          const top = 2.4 + random();
          const sigma = Float32Array.from({ length: width }, (_, i) => top * (1 - i / width) ** 1.4 + 0.02);
          const name = `layers.${stage}.blocks.${block}.${column}`;
          sites.push({
            name,
            part: parts === 3 ? "qkv"[part]! : "",
            shape: [tall * width, width],
            sigma,
            reading: "value",
            boundary: "zero",
            rows,
          });
        }
      }
  return { sites, thetaLength: offset };
}

export function pictures(config: RunConfig, done: number, size: number): SamplePictures[] {
  return Array.from({ length: 6 }, (_, seed) => {
    const { id, image, labels } = renderScene(seed + 3, "val", size, size);
    const rgba = new Uint8ClampedArray(4 * size * size).fill(255);
    for (let i = 0; i < size * size; i++) for (let c = 0; c < 3; c++) rgba[4 * i + c] = image.data[3 * i + c]!;
    return {
      id,
      image: { width: size, height: size, rgba },
      tasks: config.tasks.map((task) => {
        const truth = {
          width: size,
          height: size,
          rgba: taskOf(task).paintLabel(labels[task]!.data, palettes[task]),
        };
        return { task, truth, prediction: coarse(truth, Math.max(1, Math.round(12 * (1 - done)))) };
      }),
    };
  });
}

/** The picture as if it had been predicted in blocks of `block` pixels. */
function coarse({ width, height, rgba }: Picture, block: number): Picture {
  const out = new Uint8ClampedArray(rgba.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const from = Math.min(height - 1, y - (y % block)) * width + Math.min(width - 1, x - (x % block));
      out.set(rgba.subarray(4 * from, 4 * from + 4), 4 * (y * width + x));
      out[4 * (y * width + x) + 3] = 255;
    }
  return { width, height, rgba: out };
}
