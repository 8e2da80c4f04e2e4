/** Training steps with tokens beside the map's on WebGPU, through SwiftShader where there is no GPU. */
import { expect, it } from "vitest";
import { createWebGpuExecutor } from "../../src/core/exec/webgpu/executor";
import { tokenSteps } from "../reference/tokenSteps";
import { stepError, trainStep } from "../reference/trainStep";
import { getTestDevice } from "./device";

const TOLERANCE = 1e-5;
// A graph of some hundred kernels is compiled by a software driver.
const TIMEOUT_MS = 600_000;

it.each(tokenSteps)(
  "agrees with float64 on a step of %s",
  async (_name, spec) => {
    const executor = createWebGpuExecutor(await getTestDevice());
    try {
      const error = await stepError(executor, trainStep(spec));
      if (process.env["SHOW"]) console.log(_name, error);
      expect(error).toBeLessThan(TOLERANCE);
    } finally {
      await executor.dispose();
    }
  },
  TIMEOUT_MS,
);
