/** The golden models on WebGPU, through SwiftShader where there is no GPU. */
import { expect, it } from "vitest";
import { createWebGpuExecutor } from "../../src/core/exec/webgpu/executor";
import { checkGolden, goldenModels } from "../golden/check";
import { getTestDevice } from "./device";

// Two graphs of some hundred kernels are compiled by a software driver.
const TIMEOUT_MS = 600_000;

it.each(goldenModels)(
  "%s on WebGPU agrees with the reference",
  async (name) => {
    const executor = createWebGpuExecutor(await getTestDevice());
    try {
      const report = await checkGolden(name, async () => executor);
      if (process.env["SHOW"]) console.log(name, report.compared, report.worst);
      expect(report.failures).toEqual([]);
    } finally {
      await executor.dispose();
    }
  },
  TIMEOUT_MS,
);
