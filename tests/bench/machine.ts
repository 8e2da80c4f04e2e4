/** What the figures were measured on. */
import { availableParallelism, cpus, platform, totalmem } from "node:os";
import { nameOf, openDevice } from "../../src/core/exec/webgpu/device";
import { isSoftwareAdapter } from "../../src/core/exec/webgpu/softwareAdapter";
import { dawn, versionOf } from "./executors";

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
  /** The WebGPU adapter's name; null where there is none. */
  readonly adapter: string | null;
  /** The adapter computes on the processor. */
  readonly isSoftware: boolean;
  readonly packages: Readonly<Record<string, string>>;
}

export async function describeMachine(): Promise<Machine> {
  const found = await openDevice(dawn()).catch(() => null);
  found?.device.destroy();
  const packages = ["webgpu", "onnxruntime-web", "onnxruntime-node", "@tensorflow/tfjs", "@jax-js/jax"];
  return {
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: platform(),
    node: process.version,
    adapter: found && nameOf(found.info),
    isSoftware: found !== null && isSoftwareAdapter(found.info),
    packages: Object.fromEntries(packages.map((name) => [name, versionOf(name)])),
  };
}
