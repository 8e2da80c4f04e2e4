/** Steps that are not finite on WebGPU, where the device itself leaves them out. */
import { createWebGpuExecutor } from "../../src/core/exec/webgpu/executor";
import { runnerOf } from "../../src/runtime/products/conformance/runner";
import { testNonFiniteSteps } from "../reference/nonFiniteStep";
import { getTestDevice } from "./device";

// A graph of some hundred kernels is compiled by a software driver.
testNonFiniteSteps(runnerOf(createWebGpuExecutor(await getTestDevice())), 600_000);
