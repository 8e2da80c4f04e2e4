// deno run --allow-read --allow-env nagaCompile.mjs PIPELINES.json: makes every compute pipeline of the file in Deno's WebGPU (wgpu, whose
// WGSL compiler is naga). One line for each failure, then "N passed, N failed". Started by naga-check.mjs.
const pipelines = JSON.parse(await Deno.readTextFile(Deno.args[0]));
const adapter = await navigator.gpu?.requestAdapter();
if (!adapter) {
  console.error("Deno offers no WebGPU adapter: install a Vulkan driver (Debian: libvulkan1 and mesa-vulkan-drivers).");
  Deno.exit(2);
}
console.error(`${pipelines.length} pipelines on ${adapter.info.description || adapter.info.vendor}`);
const device = await adapter.requestDevice({
  requiredLimits: { maxBufferSize: adapter.limits.maxBufferSize },
});

/** Runs `make` and returns the message of the error that it caused, or undefined. */
async function errorOf(make) {
  device.pushErrorScope("validation");
  device.pushErrorScope("internal");
  let thrown;
  try {
    await make();
  } catch (error) {
    thrown = error.message;
  }
  const found = [await device.popErrorScope(), await device.popErrorScope()].find((error) => error !== null);
  return found?.message ?? thrown;
}

const layouts = new Map();
function layoutOf({ reads, writes }) {
  const key = `${reads}/${writes}`;
  if (!layouts.has(key)) {
    const entries = Array.from({ length: reads + writes }, (_, binding) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type: binding < reads ? "read-only-storage" : "storage" },
    }));
    const bindGroupLayout = device.createBindGroupLayout({ entries });
    layouts.set(key, device.createPipelineLayout({ bindGroupLayouts: [bindGroupLayout] }));
  }
  return layouts.get(key);
}

/** A text that does not compile fails once, not once for each of its pipelines. */
const modules = new Map();
async function moduleOf({ shader, code }) {
  if (!modules.has(code)) {
    let module;
    const error = await errorOf(async () => {
      module = device.createShaderModule({ label: shader, code });
    });
    modules.set(code, { module, error });
  }
  return modules.get(code);
}

let passed = 0;
const failures = new Map();
for (const pipeline of pipelines) {
  const { module, error } = await moduleOf(pipeline);
  const { entry: entryPoint, overrides: constants } = pipeline;
  const message =
    error ??
    (await errorOf(() =>
      device.createComputePipelineAsync({ layout: layoutOf(pipeline), compute: { module, entryPoint, constants } }),
    ));
  if (message === undefined) passed++;
  else failures.set(pipeline, message);
}
for (const [{ shader, entry, overrides, plan }, message] of failures)
  console.log(`${shader}:${entry} ${JSON.stringify(overrides)} (${plan}): ${message.replaceAll(/\s*\n\s*/g, " | ")}`);
console.log(`${passed} passed, ${failures.size} failed`);
Deno.exit(failures.size === 0 ? 0 : 1);
