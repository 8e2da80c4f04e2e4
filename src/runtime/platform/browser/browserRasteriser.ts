/** What draws charts, fetched when the first is drawn: 3 MB that a visit without exports does without. */
import { loadPart } from "../../../contracts/loadPart";
import type { RasteriserFiles } from "../rasterise";

async function fetched(url: string): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}. Reload the page.`);
  return new Uint8Array(await response.arrayBuffer());
}

export async function browserRasteriser(): Promise<RasteriserFiles> {
  const urls = await Promise.all([
    loadPart("What draws charts as PNG", () => import("@resvg/resvg-wasm/index_bg.wasm?url")),
    loadPart("The font of charts", () => import("dejavu-fonts-ttf/ttf/DejaVuSans.ttf?url")),
  ]);
  const [wasm, font] = await Promise.all(urls.map(({ default: url }) => fetched(url)));
  return { wasm: wasm!, font: font! };
}
