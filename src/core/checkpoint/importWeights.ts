/** Numbers of a file into a model's weights, as a plan says. */
import type { ImportReport } from "../../contracts/importReport";
import type { Shape } from "../graph/node";
import type { Parameter } from "../nn/parameters";
import type { Weights } from "../nn/weights";
import { planImport, refuseUnfit } from "./importPlan";
import { patchOrder, reorder } from "./layouts";
import { type PlannedTensor, withRows } from "./plannedTensor";
import { fitPositions } from "./positions";
import type { Recognised } from "./recognise";
import type { ReadableTensor, ReadableTensors } from "./weightsTensors";

/**
 * Fills the backbone's parameters of `weights` from a file. A plan that does not fit is refused before anything is read. Then the numbers
 * are put in place one parameter at a time, so that a second copy of the file never exists: where reading fails, drop `weights`.
 * @throws where a parameter is missing, its shape differs in a way that nothing resolves, or a number is not finite.
 */
export async function importWeights(
  weights: Weights,
  recognised: Recognised,
  tensors: ReadableTensors,
  onProgress: (fraction: number) => void = () => {},
): Promise<ImportReport> {
  const plan = planImport(weights.layout.parameters, recognised, tensors);
  refuseUnfit(plan);
  const total = plan.tensors.length;
  for (const [i, tensor] of plan.tensors.entries()) {
    weights.set(tensor.ours, await readPlanned(tensor, tensors));
    onProgress((i + 1) / total);
  }
  return plan.report;
}

/** Reads single parameters of a file as a model would have them. @throws as `importWeights` does. */
export function parameterReader(
  parameters: readonly Parameter[],
  recognised: Recognised,
  tensors: ReadableTensors,
): (name: string) => Promise<ArrayLike<number>> {
  const plan = planImport(parameters, recognised, tensors);
  refuseUnfit(plan);
  const planned = new Map(plan.tensors.map((tensor) => [tensor.ours, tensor]));
  return (name) => readPlanned(planned.get(name)!, tensors);
}

async function readPlanned(tensor: PlannedTensor, tensors: ReadableTensors): Promise<ArrayLike<number>> {
  const parts: Float32Array[] = [];
  for (const [i, key] of tensor.keys.entries()) parts.push(await readFinite(key, tensors, tensor.fileShapes[i]!));
  const joined = parts.length === 1 ? parts[0]! : joinRows(parts);
  if (tensor.scale !== undefined) {
    const [rows] = tensor.shape as [number];
    scaleRows(joined, await readFinite(tensor.scale, tensors, [rows]));
  }
  if (tensor.isPatch) return reorder(joined, patchOrder(tensor.shape));
  if (tensor.places) addRows(joined, await readFinite(tensor.places.key, tensors, tensor.places.shape), tensor.shape);
  if (tensor.keys.length > 1 || tensor.places) return joined;
  const [found] = tensor.fileShapes as [Shape];
  if (tensor.leadingRows === undefined) return fitPositions(tensor.ours, joined, found, tensor.shape);
  const rows = keepClassRow(joined, tensor.leadingRows, found[2]!);
  return fitPositions(tensor.ours, rows, withRows(found, tensor.leadingRows, 1), tensor.shape);
}

async function readFinite(key: string, tensors: ReadableTensors, shape: Shape): Promise<Float32Array> {
  const tensor = tensors.get(key) as ReadableTensor;
  const values = await tensor.read();
  const count = shape.reduce((n, d) => n * d, 1);
  if (values.length !== count)
    throw new Error(
      `"${key}" has ${values.length} numbers in the file; its shape asks for ${count}. The file is damaged.`,
    );
  const strange = values.findIndex((value) => !Number.isFinite(value));
  if (strange >= 0)
    throw new Error(
      `"${key}" holds ${values[strange]} at place ${strange}; weights must be finite. The file is damaged, or its training diverged.`,
    );
  return values;
}

function joinRows(parts: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** s ⊙ (W a + b) = (s ⊙ W) a + s ⊙ b: values [C,...] times one factor a row. */
function scaleRows(values: Float32Array, factors: Float32Array): void {
  const size = values.length / factors.length;
  for (let i = 0; i < values.length; i++) values[i] = values[i]! * factors[Math.floor(i / size)]!;
}

/** Tokens [1,E,C] plus the rows of positions behind the class token's. */
function addRows(tokens: Float32Array, positions: Float32Array, [, , channels]: Shape): void {
  for (let i = 0; i < tokens.length; i++) tokens[i] = tokens[i]! + positions[channels! + i]!;
}

/** Positions [rows+L,C] → [1+L,C]: the class token's row is the first; zeros where there is none. */
function keepClassRow(values: Float32Array, rows: number, channels: number): Float32Array {
  if (rows === 1) return values;
  const kept = new Float32Array(values.length + (1 - rows) * channels);
  if (rows > 0) kept.set(values.subarray(0, channels));
  kept.set(values.subarray(rows * channels), channels);
  return kept;
}
