/** What surrounds a headless command: Dawn's WebGPU where it is installed and finds a driver, and the processor's threads. */
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { pathToFileURL } from "node:url";
import type { ExecutorHost } from "../../../core/exec/registry";

/** Exit code 0 where Dawn (its module's address is the argument) finds an adapter. */
const probe = `
  const { create } = await import(process.argv[1]);
  process.exit((await create([]).requestAdapter()) ? 0 : 1);
`;

/** Asks in a process of its own: without a driver Dawn complains on the terminal, and a broken driver takes its process down. */
function findsAdapter(): boolean {
  try {
    const address = pathToFileURL(createRequire(import.meta.url).resolve("webgpu")).href;
    const asked = spawnSync(process.execPath, ["--input-type=module", "-e", probe, address], {
      stdio: "ignore",
      timeout: 30_000,
    });
    return asked.status === 0;
  } catch {
    return false;
  }
}

/** Workgroup memory is cleared by a loop in the shader: Vulkan's extension for it makes software drivers compile ten times as long. */
const dawnFlags = ["disable-dawn-features=use_vulkan_zero_initialize_workgroup_memory_extension"];

async function dawn(): Promise<GPU | undefined> {
  if (!findsAdapter()) return undefined;
  const { create, globals } = await import("webgpu");
  Object.assign(globalThis, globals);
  return create(dawnFlags);
}

let known: Promise<ExecutorHost> | undefined;

/** Found once a process. */
export function nodeExecutorHost(): Promise<ExecutorHost> {
  known ??= dawn().then((gpu) => ({ gpu, isNode: true, hasWebgl: false, threads: availableParallelism() }));
  return known;
}
