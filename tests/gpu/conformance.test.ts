/** The public golden set on WebGPU, through SwiftShader where there is no GPU. */
import { afterAll, describe } from "vitest";
import { createWebGpuExecutor } from "../../src/core/exec/webgpu/executor";
import { runnerOf } from "../../src/runtime/products/conformance/runner";
import { testPublicCases } from "../golden/suite";
import { getTestDevice } from "./device";

// Two graphs of some hundred kernels are compiled by a software driver.
const TIMEOUT_MS = 600_000;

const executor = createWebGpuExecutor(await getTestDevice());
afterAll(() => executor.dispose());

describe("webgpu", () => testPublicCases(runnerOf(executor), undefined, TIMEOUT_MS));
