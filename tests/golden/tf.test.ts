/** The public golden set on TensorFlow.js, plain JavaScript. */
import { afterAll, describe } from "vitest";
import { createTfExecutor } from "../../src/core/exec/tf/executor";
import { runnerOf } from "../../src/runtime/products/conformance/runner";
import { testPublicCases } from "./suite";

const executor = await createTfExecutor("cpu");
afterAll(() => executor.dispose());

describe("tf-cpu", () => testPublicCases(runnerOf(executor)));
