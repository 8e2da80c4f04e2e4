/** What draws charts, from the installed packages. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { RasteriserFiles } from "../rasterise";

const { resolve } = createRequire(import.meta.url);

export async function nodeRasteriser(): Promise<RasteriserFiles> {
  const [wasm, font] = await Promise.all([
    readFile(resolve("@resvg/resvg-wasm/index_bg.wasm")),
    readFile(resolve("dejavu-fonts-ttf/ttf/DejaVuSans.ttf")),
  ]);
  return { wasm, font };
}
