/** What takes part in a comparison: it runs in a process of its own and takes one step whenever it is told to. */

export interface Contestant {
  /** For people: the engine, its version, and what it runs on. */
  readonly engine: string;
  /** One whole step; resolves to its loss once that is on the host. */
  step(): Promise<number>;
  /** Root of the sum of squares of each gradient of the last step, for checking that all compute the same. */
  gradientNorms?(): Promise<Readonly<Record<string, number>>>;
  /** Figures beside the time: dispatches, milliseconds of JavaScript. */
  figures?(): Readonly<Record<string, number>>;
}

export type BlockEngine =
  | "ours-webgpu"
  | "ours-wasm"
  | "ours-native"
  | "tfjs-webgpu"
  | "tfjs-wasm"
  | "jax-webgpu"
  | "jax-wasm"
  | "ort-webgpu";

/** B images of L tokens with C channels. */
export interface BlockSize {
  readonly batch: number;
  readonly tokens: number;
  readonly width: number;
  readonly heads: number;
}

export type StepDevice = "webgpu" | "cpu" | "wasm" | "tf";

export type Spec =
  | { readonly kind: "block"; readonly engine: BlockEngine; readonly size: BlockSize; readonly threads: number }
  | { readonly kind: "step"; readonly preset: StepPreset; readonly device: StepDevice; readonly threads: number };

export type StepPreset = "micro" | "default" | "swin-t";

/** Child to parent. Times are of the step alone, in milliseconds. */
export type Message =
  | { readonly type: "ready"; readonly engine: string }
  | { readonly type: "step"; readonly ms: number; readonly loss: number }
  | {
      readonly type: "report";
      readonly norms: Readonly<Record<string, number>>;
      readonly figures: Readonly<Record<string, number>>;
    }
  | { readonly type: "failed"; readonly message: string };

/** Parent to child. */
export type Order = "step" | "report";
