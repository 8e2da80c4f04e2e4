/** What surrounds a headless command: Dawn's WebGPU where it is installed and finds a driver, and the processor's threads. */
import { availableParallelism } from "node:os";
import type { Surroundings } from "../core/exec/registry";

async function dawn(): Promise<GPU | undefined> {
  try {
    const { create, globals } = await import("webgpu");
    Object.assign(globalThis, globals);
    const gpu = create([]);
    return (await gpu.requestAdapter()) ? gpu : undefined;
  } catch {
    return undefined;
  }
}

let known: Promise<Surroundings> | undefined;

/** Found once a process. */
export function nodeSurroundings(): Promise<Surroundings> {
  known ??= dawn().then((gpu) => ({ gpu, isNode: true, hasWebgl: false, threads: availableParallelism() }));
  return known;
}
