/**
 * How an op names its WGSL kernels. Plain data: the WebGPU executor turns calls into pipelines, bind groups and dispatches.
 *
 * Convention of bindings, group 0: `reads` are `var<storage, read> array<f32>` (or vec4<f32>, i32, u32) at 0..r-1, `writes` are
 * `var<storage, read_write>` at r..r+w-1. An optional operand that a call does not have is bound to any other read (the shader
 * does not touch it when its override says so). At most 8 bindings. Sizes and flags are pipeline-overridable constants.
 */
import type { Attrs, Node, Value } from "./node";

export interface Shader {
  /** File name under shaders/, without extension: also the pipeline cache's key. */
  readonly name: string;
  readonly code: string;
}

/** Memory of `floats` numbers that lives only inside this node's calls. The same object in two calls is the same memory. */
export interface Scratch {
  readonly scratch: number;
}

/** A constant table that belongs to the kernel (indices, packed plans). Uploaded once per array object. */
export interface Table {
  readonly table: Int32Array | Uint32Array | Float32Array;
}

export type ReadOperand = Value | Scratch | Table;
export type WriteOperand = Value | Scratch;

export interface KernelCall {
  readonly shader: Shader;
  readonly entry: string;
  readonly overrides: Readonly<Record<string, number>>;
  readonly reads: readonly ReadOperand[];
  readonly writes: readonly WriteOperand[];
  /** Workgroups dispatched; each at most 65535. */
  readonly groups: readonly [number, number, number];
  /** Floating-point operations really issued, padding and recomputation included. Absent: the op's own count. */
  readonly flops?: number;
}

export interface DeviceLimits {
  readonly maxWorkgroupInvocations: number;
  readonly maxWorkgroupStorageBytes: number;
  readonly maxStorageBuffers: number;
  readonly subgroups: boolean;
  /** The adapter is software (SwiftShader, llvmpipe): barriers and workgroup memory cost more there than reading twice. */
  readonly cpuAdapter: boolean;
}

/** Returns null where the kernel does not serve these shapes or this device: the op is then expanded. */
export type KernelRule<A extends Attrs = Attrs> = (node: Node<A>, limits: DeviceLimits) => readonly KernelCall[] | null;

/** Spreads `count` workgroups over x and y, since one axis holds at most 65535. The shader's index is y * 32768 + x. */
export const groupsFor = (count: number): readonly [number, number, number] =>
  count <= 32768 ? [Math.max(1, count), 1, 1] : [32768, Math.ceil(count / 32768), 1];
