/**
 * Learned positions at another size: a file's table or embedding, made for other windows or images, is resized by bicubic interpolation
 * of its grid, as the released code of Swin does with relative position biases (Liu et al., ICCV 2021) and that of DeiT with absolute
 * positions (Touvron et al., ICML 2021). All other parameters must have the sizes that they were saved with.
 */
import { type Shape, showShape, sizeOf } from "../graph/node";
import { cubicTaps, resample } from "../math/interpolation";

interface PositionGrid {
  /** Side of the grid of positions, and the numbers of each. */
  readonly side: number;
  readonly channels: number;
  /** Numbers before the grid that belong to no place of it (the class token's). */
  readonly leading: number;
}

/** [(2M-1)²,heads] of Swin, [1,1+L,C] of ViT; undefined for parameters that are no grid of positions. */
function gridOf(name: string, shape: Shape): PositionGrid | undefined {
  const grid = (tokens: number, channels: number, leading: number): PositionGrid | undefined => {
    const side = Math.sqrt(tokens);
    return Number.isInteger(side) && side > 0 ? { side, channels, leading } : undefined;
  };
  if (name.endsWith(".relative_position_bias_table") && shape.length === 2) return grid(shape[0]!, shape[1]!, 0);
  if (name.endsWith("pos_embed") && shape.length === 3) return grid(shape[1]! - 1, shape[2]!, shape[2]!);
  return undefined;
}

/** Whether resizing leads from one shape of a parameter to the other. */
export function canFit(name: string, from: Shape, to: Shape): boolean {
  const [before, after] = [gridOf(name, from), gridOf(name, to)];
  return before !== undefined && after !== undefined && before.channels === after.channels;
}

/**
 * The values of a parameter of shape `from` as one of shape `to`.
 * @throws where the shapes differ and no resizing leads from one to the other.
 */
export function fitPositions(name: string, values: ArrayLike<number>, from: Shape, to: Shape): ArrayLike<number> {
  if (sizeOf(from) === sizeOf(to)) return values;
  const [before, after] = [gridOf(name, from), gridOf(name, to)];
  if (!before || !after || before.channels !== after.channels)
    throw new Error(
      `${name} is ${showShape(from)} in the file, but this model needs ${showShape(to)}; ` +
        "only tables of positions can be resized, with as many heads or channels as they have. Load weights of the same model.",
    );
  const { side, channels, leading } = before;
  const grid = Float32Array.from({ length: side * side * channels }, (_, i) => values[leading + i]!);
  const taps = cubicTaps(after.side, side);
  const resized = resample({ width: side, height: side, data: grid }, channels, taps, taps);
  return Float32Array.from([...Array.from({ length: leading }, (_, i) => values[i]!), ...resized]);
}
