/**
 * Learned positions at another size: a file's table or embedding, made for other windows or images, is resized by bicubic interpolation
 * of its grid, as the released code of Swin does with relative position biases (Liu et al., ICCV 2021) and that of DeiT with absolute
 * positions (Touvron et al., ICML 2021). All other parameters must have the sizes that they were saved with.
 */
import { type Shape, showShape, sizeOf } from "../graph/node";
import { cubicTaps, resample } from "../math/interpolation";
import type { PositionGrid } from "./families/family";
import { families } from "./families/registry";

/** undefined for parameters that are no grid of positions. */
const gridOf = (name: string, shape: Shape): PositionGrid | undefined =>
  families.flatMap((family) => family.grid(name, shape) ?? [])[0];

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
