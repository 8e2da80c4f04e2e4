/** Looking at a file's tensors from under a prefix. */
import { type Shape, showShape } from "../graph/node";

/** What a file lists of its tensors. `dtype`: by its name in the safetensors format, where it is known. */
export type Shapes = ReadonlyMap<string, { readonly shape: Shape; readonly dtype?: string }>;

/** "blocks.3.17.norm1.weight" by "blocks.17.norm1.weight": a block in a chunk keeps the number that it has among all. */
function withoutChunks(keys: Iterable<string>): ReadonlyMap<string, string> {
  const found = [...keys].map((key) => [/^(|.*\.)(blocks\.)\d+\.(\d+\..*)$/.exec(key), key] as const);
  return new Map(found.flatMap(([parts, key]) => (parts ? [[`${parts[1]}${parts[2]}${parts[3]}`, key]] : [])));
}

export class Glimpse {
  private chunked: ReadonlyMap<string, string> | undefined;

  constructor(
    private readonly tensors: Shapes,
    readonly prefix: string,
  ) {}

  /**
   * The file's key of a name: as it is; or wrapped, for layers that DiTASK or MTLoRA adapt keep their own weight under "linear"; or in a
   * chunk of blocks, as DINOv2's training saves them.
   */
  key(name: string): string {
    const whole = this.prefix + name;
    if (this.tensors.has(whole)) return whole;
    const cut = whole.lastIndexOf(".");
    const wrapped = `${whole.slice(0, cut)}.linear${whole.slice(cut)}`;
    if (this.tensors.has(wrapped)) return wrapped;
    this.chunked ??= withoutChunks(this.tensors.keys());
    return this.chunked.get(whole) ?? whole;
  }

  shape(name: string): Shape | undefined {
    return this.tensors.get(this.key(name))?.shape;
  }

  /** The shape of a module's weight. */
  weight(module: string): Shape | undefined {
    return this.shape(`${module}.weight`);
  }

  /**
   * The shape of a tensor whose sizes must be whole numbers of at least 1, `rank` of them.
   * @throws where it is absent or of another rank.
   */
  need(name: string, rank: number): Shape {
    const shape = this.shape(name);
    if (!shape)
      throw new Error(`The file has no "${this.prefix}${name}", which its other names ask for. It is damaged or cut.`);
    if (shape.length !== rank || shape.some((size) => !Number.isSafeInteger(size) || size < 1))
      throw new Error(`"${this.key(name)}" is ${showShape(shape)} in the file; expected ${rank} sizes of at least 1.`);
    return shape;
  }
}

/** [C,3,p,p] → C and p. @throws where the patches are not square or not of three colours. */
export function readPatch(file: Glimpse, module: string): { readonly width: number; readonly patch: number } {
  const shape = file.need(`${module}.weight`, 4);
  const [width, colours, rows, columns] = shape as [number, number, number, number];
  if (colours !== 3 || rows !== columns)
    throw new Error(
      `"${file.key(`${module}.weight`)}" is ${showShape(shape)} in the file; only square patches of 3 colours [channels,3,side,side] are supported.`,
    );
  return { width, patch: rows };
}

/** How many consecutive indices from 0 on `has` holds for. */
export function countFrom0(has: (index: number) => boolean): number {
  let count = 0;
  while (has(count)) count++;
  return count;
}
