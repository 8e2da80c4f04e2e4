import { describe, expect, it } from "vitest";
import { readPng } from "../../src/data/io/pngFile";
import { chart } from "../../src/figures/chart";
import type { Series } from "../../src/figures/spec";
import { nodeRasteriser } from "../../src/runtime/platform/node/nodeRasteriser";
import { createRasteriser } from "../../src/runtime/platform/rasterise";

const lineChart = (title: string, series: readonly Series[]): string => chart({ title, x: { label: "step" }, series });

const WHITE = 765;

/** A pixel of a decoded picture, as the sum of its colours. */
const darkness = ({ width, channels, data }: ReturnType<typeof readPng>, x: number, y: number): number => {
  const at = (y * width + x) * channels;
  return WHITE - (data[at]! + data[at + 1]! + data[at + 2]!);
};

describe("charts as pictures", () => {
  const rasterise = createRasteriser(nodeRasteriser);

  it("are twice the drawing's size, on white, with lines and text where the drawing has them", async () => {
    const line = {
      label: "x",
      points: [
        [0, 0],
        [10, 5],
      ],
    } as const;
    const picture = readPng(await rasterise(lineChart("Loss", [line])));
    expect([picture.width, picture.height]).toEqual([960, 480]);
    expect([darkness(picture, 0, 0), darkness(picture, 959, 479)]).toEqual([0, 0]);
    // The middle of the line, of the left axis, and some pixel of the title.
    expect(darkness(picture, 520, 257)).toBeGreaterThan(300);
    expect(darkness(picture, 112, 260)).toBeGreaterThan(200);
    const title = Array.from({ length: 60 * 20 }, (_, i) => darkness(picture, 112 + (i % 60), 14 + Math.floor(i / 60)));
    expect(title.filter((dark) => dark > 300).length).toBeGreaterThan(50);
  });

  it("are the same bytes each time", async () => {
    const svg = lineChart("a < b", []);
    expect(await rasterise(svg)).toEqual(await rasterise(svg));
  });

  it("say what failed, and are tried again", async () => {
    let tries = 0;
    const late = createRasteriser(() =>
      ++tries === 1 ? Promise.reject(new Error("offline")) : Promise.resolve(nodeRasteriser()),
    );
    await expect(late(lineChart("x", []))).rejects.toThrow("Charts cannot be drawn as PNG: offline");
    expect(readPng(await late(lineChart("x", []))).width).toBe(960);
    await expect(rasterise("<svg")).rejects.toThrow();
  });
});
