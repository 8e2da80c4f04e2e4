/** What a comparison of one training step with TensorFlow.js, operation by operation, reports: plain data for the terminal and the page. */
import type { DeviceChoice } from "./runConfig";

/** Which TensorFlow.js computes the other side: auto is its WebGPU on a hardware GPU, else plain JavaScript. */
export const referenceChoices = ["auto", "tf-webgpu", "webgl", "tf"] as const satisfies readonly DeviceChoice[];
export type ReferenceChoice = (typeof referenceChoices)[number];

/** One node of the step, as the device's plan runs it. */
export interface NodeError {
  /** "matmul", "layerNormGrad", "elementwise", ...; "update" for a state that the step has written. */
  readonly op: string;
  /** Where in the model, with what a fused node computes; a state's name. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Forward and backward pass, or the update of the parameters. */
  readonly plan: "train" | "apply";
  /** Largest difference from the reference over the largest magnitude: of the output, or of the terms that cancel in it. */
  readonly error: number;
  /** Largest difference. */
  readonly difference: number;
  readonly tolerance: number;
  readonly passed: boolean;
}

export interface OpComparison {
  readonly op: string;
  /** Outputs compared. */
  readonly compared: number;
  readonly failed: number;
  readonly worst: NodeError;
}

export interface StepComparison {
  /** What computes either side, for people; empty until opened. */
  readonly device: string;
  readonly reference: string;
  /** What is being prepared; empty while nodes are compared, and after. */
  readonly message: string;
  readonly total: number;
  /** Nodes compared so far. */
  readonly done: number;
  readonly finished: boolean;
  /** One an op, the worst first. */
  readonly ops: readonly OpComparison[];
  /** The worst nodes of all. */
  readonly worst: readonly NodeError[];
  /** Why the comparison ended before its last node. */
  readonly problem?: string;
}
