/**
 * Compares a run with TensorFlow.js, node by node: every node of a trace is computed once more by the reference, from the inputs that the
 * run itself had. So an error stands at the node that makes it, and not at all those behind it.
 */
import type { Node, Shape } from "../graph/node";
import { random } from "../math/random";
import type { Executor, Feeds, Trace } from "./executor";
import { KnownValues } from "./knownValues";
import type { TfExecutor } from "./tf/executor";
import { isProgram } from "./webgpu/program";

export interface NodeComparison {
  /** The op's name; "update" for a state, compared with what it is to hold after the run. */
  readonly op: string;
  /** Where in the model, with what a fused node computes; a state's name. */
  readonly name: string;
  readonly shape: Shape;
  /** Largest difference over the largest magnitude: of the reference's output, or of the terms that cancel in it. */
  readonly error: number;
  /** Largest difference; infinite where only one side is a finite number. */
  readonly difference: number;
  readonly tolerance: number;
}

/**
 * Largest errors that rounding explains, ten times what was measured: at most 5e-7 where each number is computed by itself, 3e-6 where many
 * are added up. Measured on WebGPU (SwiftShader), ONNX Runtime native and wasm, and TensorFlow.js on WebGPU, against TensorFlow.js cpu,
 * with every method on micro and with DiTASK on the embedded backbone at 64 and 256 pixels.
 */
export const TOLERANCES = { exact: 0, elementwise: 5e-6, accumulated: 2e-5 } as const;

/** Moves, comparisons and changes of sign round nothing. */
const exact = [
  ...[
    "reshape",
    "transpose",
    "broadcastTo",
    "slice",
    "pad",
    "concat",
    "gather",
    "split",
    "spaceToDepth",
    "depthToSpace",
  ],
  ...["neg", "abs", "sign", "relu", "maximum", "minimum", "greater", "equal", "select", "reduceMax", "update"],
];
const elementwise = [
  ...["elementwise", "add", "sub", "mul", "div", "exp", "log", "log1p", "sqrt", "reciprocal", "erf", "tanh", "sigmoid"],
  ...["gelu", "geluGrad", "adamw"],
];
const classOf = new Map<string, keyof typeof TOLERANCES>([
  ...exact.map((op) => [op, "exact"] as const),
  ...elementwise.map((op) => [op, "elementwise"] as const),
]);

const toleranceOf = (op: string): number => TOLERANCES[classOf.get(op) ?? "accumulated"];

/** Above this an output is looked at once more: it may be small because its terms cancel. */
const SECOND_LOOK = 5e-7;

function nameOf(node: Node): string {
  const place = node.scope || node.op.name;
  return isProgram(node) ? `${place} (${node.attrs.program.steps.map((step) => step.name).join(", ")})` : place;
}

type Reference = Pick<TfExecutor, "evaluate">;

/** How often `compareNodes` yields. */
export const comparisonsOf = ({ graph }: Trace): number =>
  graph.nodes.filter(({ op }) => op.kind !== "leaf").length + 1;

/**
 * For each node of the trace what its outputs show, then what the updated states do. `feeds` are those of the trace, and `executor` has the
 * states that it starts from.
 */
export async function* compareNodes(
  executor: Executor,
  { graph, nodes }: Trace,
  feeds: Feeds,
  reference: Reference,
): AsyncGenerator<readonly NodeComparison[]> {
  const known = await KnownValues.before(executor, graph, feeds);
  for await (const { node, outputs } of nodes) {
    const inputs = known.inputsOf(node);
    const truths = await evaluate(reference, node, inputs);
    const found: NodeComparison[] = [];
    for (const [i, output] of outputs.entries())
      if (output) found.push(await compareOutput(node, i, output, truths[i]!, inputs, reference));
    yield found;
    known.add(
      node,
      outputs.map((output, i) => output ?? truths[i]!),
    );
  }
  const updates: NodeComparison[] = [];
  for (const [name, data] of known.updates()) updates.push(compareUpdate(name, await executor.readState(name), data));
  yield updates;
}

/** @throws with the node's name, so that what came before it still helps whoever reads on. */
async function evaluate(reference: Reference, node: Node, inputs: readonly Float32Array[]) {
  try {
    return await reference.evaluate(node, inputs);
  } catch (cause) {
    throw new Error(`The reference cannot compute ${node.op.name} at ${nameOf(node)}: ${(cause as Error).message}`);
  }
}

function compareUpdate(name: string, found: Float32Array, data: Float32Array): NodeComparison {
  return { op: "update", name, shape: [data.length], ...measure(found, data), tolerance: toleranceOf("update") };
}

async function compareOutput(
  node: Node,
  index: number,
  output: Float32Array,
  truth: Float32Array,
  inputs: readonly Float32Array[],
  reference: Reference,
): Promise<NodeComparison> {
  const tolerance = toleranceOf(node.op.name);
  const said = { op: node.op.name, name: nameOf(node), shape: node.outputs[index]!.shape, tolerance };
  const { error, difference } = measure(output, truth);
  if (error <= SECOND_LOOK || tolerance === 0 || !Number.isFinite(difference)) return { ...said, error, difference };
  const changed = await reference.evaluate(node, inputs.map(nudged));
  const terms = measure(changed[index]!, truth).difference / NUDGE;
  return { ...said, error: difference / Math.max(largest(truth), terms), difference };
}

/**
 * A sum of terms that cancel is as exact as its terms are, not as it is itself: the gradient of a key's bias in attention is zero but for
 * rounding. How large the terms were shows in what becomes of the output when each number that comes in changes by one part in 2^20.
 */
const NUDGE = 2 ** -20;

/** Whole numbers stay: labels, masks and zeros are exact, and an op may compare them. */
function nudged(numbers: Float32Array, input: number): Float32Array {
  const stream = random(0, "nudge", input);
  return numbers.map((x) => (Number.isInteger(x) ? x : x * (1 + (stream.uniform() < 0.5 ? NUDGE : -NUDGE))));
}

function largest(numbers: Float32Array): number {
  let most = 0;
  for (const x of numbers) if (Math.abs(x) > most && Number.isFinite(x)) most = Math.abs(x);
  return most;
}

/** Equal infinities and NaN at the same place are no error; such a number on one side only is an infinite one. */
function measure(numbers: Float32Array, truth: Float32Array): { readonly error: number; readonly difference: number } {
  let difference = numbers.length === truth.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < truth.length; i++) {
    const [x, t] = [numbers[i]!, truth[i]!];
    if (x === t || (Number.isNaN(x) && Number.isNaN(t))) continue;
    const gap = Math.abs(x - t);
    difference = Math.max(difference, Number.isNaN(gap) ? Number.POSITIVE_INFINITY : gap);
  }
  return { error: difference === 0 ? 0 : difference / largest(truth), difference };
}
