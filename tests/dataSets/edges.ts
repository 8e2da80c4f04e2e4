/** Edges of a label map as ASTMT defines them, in plain loops: what `data/formats/edges.ts` must give. */
import type { LabelMap } from "../../src/contracts/sample";

/** |Laplacian| > 0 with the border mirrored about its own pixels, then thinned. */
export function edgesOf({ width, height }: LabelMap, labels: ArrayLike<number>): Float32Array {
  const mirror = (i: number, size: number): number =>
    i < 0 ? Math.min(1, size - 1) : i >= size ? Math.max(size - 2, 0) : i;
  const at = (x: number, y: number): number => labels[mirror(y, height) * width + mirror(x, width)]!;
  const mask = Uint8Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1) - 4 * at(x, y) === 0 ? 0 : 1;
  });
  return Float32Array.from(thinned(mask, width, height));
}

/** Guo and Hall (1989), A1: the whole picture is looked at in every half-step. */
export function thinned(mask: Uint8Array, width: number, height: number): Uint8Array {
  let pixels = mask.slice();
  for (let step = 0, idle = 0; idle < 2; step = 1 - step) {
    const next = pixels.map((value, i) => (value === 1 && goes(pixels, width, height, i, step) ? 0 : value));
    idle = next.some((value, i) => value !== pixels[i]) ? 0 : idle + 1;
    pixels = next;
  }
  return pixels;
}

function goes(pixels: Uint8Array, width: number, height: number, i: number, step: number): boolean {
  const on = (dx: number, dy: number): boolean => {
    const [x, y] = [(i % width) + dx, Math.floor(i / width) + dy];
    return x >= 0 && y >= 0 && x < width && y < height && pixels[y * width + x] === 1;
  };
  // P2 to P9 of the paper, clockwise from the north.
  const [n, ne, e, se, s, sw, w, nw] = [
    on(0, -1),
    on(1, -1),
    on(1, 0),
    on(1, 1),
    on(0, 1),
    on(-1, 1),
    on(-1, 0),
    on(-1, -1),
  ];
  const count = (...conditions: boolean[]): number => conditions.filter((holds) => holds).length;
  const components = count(!n && (ne || e), !e && (se || s), !s && (sw || w), !w && (nw || n));
  const first = count(nw || n, ne || e, se || s, sw || w);
  const second = count(n || ne, e || se, s || sw, w || nw);
  const fewest = Math.min(first, second);
  const blocked = step === 0 ? (n || ne || !se) && e : (s || sw || !nw) && w;
  return components === 1 && fewest >= 2 && fewest <= 3 && !blocked;
}
