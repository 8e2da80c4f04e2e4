/** Drawings to pictures, the same in the page and headless: resvg draws, in a font that comes along. */
import { loadPart } from "../../contracts/loadPart";

export interface RasteriserFiles {
  /** Of resvg. */
  readonly wasm: Uint8Array;
  /** TrueType, for all text. */
  readonly font: Uint8Array;
}

/** SVG text → PNG bytes on white, `SCALE` pixels a unit of the drawing. @throws where the text is no drawing. */
export type Rasterise = (svg: string) => Promise<Uint8Array>;

/** For print and screens of high density. */
const SCALE = 2;

/** Once a thread: the module refuses a second start. */
let started: Promise<typeof import("@resvg/resvg-wasm")> | undefined;

async function start(wasm: Uint8Array): Promise<typeof import("@resvg/resvg-wasm")> {
  const resvg = await loadPart("What draws charts as PNG", () => import("@resvg/resvg-wasm"));
  await resvg.initWasm(wasm);
  return resvg;
}

/** `load` is called when the first drawing comes, and again where it failed. */
export function createRasteriser(load: () => Promise<RasteriserFiles>): Rasterise {
  let loading: Promise<RasteriserFiles> | undefined;
  const loaded = (): Promise<RasteriserFiles> => {
    loading ??= load().catch((cause: Error) => {
      loading = undefined;
      throw new Error(`Charts cannot be drawn as PNG: ${cause.message}`, { cause });
    });
    return loading;
  };
  return async (svg) => {
    const { wasm, font } = await loaded();
    started ??= start(wasm).catch((error: Error) => {
      started = undefined;
      throw error;
    });
    const { Resvg } = await started;
    const drawing = new Resvg(svg, {
      fitTo: { mode: "zoom", value: SCALE },
      background: "#fff",
      font: { fontBuffers: [font], defaultFontFamily: "DejaVu Sans", sansSerifFamily: "DejaVu Sans" },
    });
    const picture = drawing.render();
    try {
      return picture.asPng();
    } finally {
      picture.free();
      drawing.free();
    }
  };
}
