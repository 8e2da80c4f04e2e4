/**
 * A session that computes nothing: plausible events in the order of the real one, for looking at the page and for tests of its wiring.
 * Theta is random but real, so the warps that the page shows are true CPAB flows.
 */
import type { Command } from "../../src/contracts/command";
import type { RunConfig } from "../../src/contracts/runConfig";
import type { ParameterGroup, RunEvent } from "../../src/contracts/runEvent";
import { groupEntries } from "../../src/core/model/accounting";
import { buildModel } from "../../src/core/model/model";
import { scenesSource } from "../../src/data/scenes";
import { buildCatalogue } from "../../src/runtime/products/catalogue/catalogue";
import { modelSpec } from "../../src/runtime/run/prepare/modelSpec";
import type { StudioClient } from "../../src/runtime/session/browser/client";
import { type FakeDataOptions, fakeData } from "./fakeData";
import { fakeKeeping } from "./fakeKeeping";
import { fakeCases, fakeComparison } from "./fakeReports";
import { fakeRuns } from "./fakeRuns";

/** True counts: no weights are needed to know them. The user's own are counted as the embedded ones. */
function parametersOf(config: RunConfig): readonly ParameterGroup[] {
  const known = config.backbone === "file" ? { ...config, backbone: "embedded" } : config;
  return groupEntries(buildModel(modelSpec(known, scenesSource({ size: 64, train: 8, val: 8, seed: 0 }))).layout);
}

export interface FakeOptions {
  readonly stepMs?: number;
  /** A step whose loss is NaN, after which the run fails. */
  readonly breakAt?: number;
  /** The library holds what a few visits left. */
  readonly full?: boolean;
  readonly data?: FakeDataOptions;
}

export function fakeClient({ stepMs = 60, breakAt, full = false, data: shown = {} }: FakeOptions = {}): StudioClient {
  const listeners = new Set<(event: RunEvent) => void>();
  const tell = (event: RunEvent): void => {
    for (const listener of listeners) listener(event);
  };
  const data = fakeData(catalogue, tell, shown);
  const keeping = fakeKeeping({
    tell,
    catalogue: () => catalogue,
    openFolder: data.openFolder,
    identity: data.identity,
    full,
  });
  const { kept, checkpoint } = keeping;
  const runs = fakeRuns({ tell, catalogue, stepMs, breakAt, parametersOf, kept, checkpoint });
  const act: { [Type in Command["type"]]: (command: Extract<Command, { type: Type }>) => void } = {
    count(command) {
      tell({ type: "counted", config: command.config, parameters: parametersOf(command.config), problem: "" });
    },
    diagnose(command) {
      const { description } =
        catalogue.devices.find(({ choice }) => choice === command.device) ?? catalogue.devices[0]!;
      for (let n = 0; n <= fakeCases.length; n++)
        setTimeout(() => {
          tell({ type: "diagnosis", device: description, total: fakeCases.length, cases: fakeCases.slice(0, n) });
        }, 80 * n);
    },
    "compare-step"() {
      for (let done = 0; done <= 3; done++)
        setTimeout(() => tell({ type: "step-comparison", comparison: fakeComparison(done) }), 80 * done);
    },
    ...data.act,
    ...runs.act,
    ...keeping.act,
  };
  return {
    send: (command) => (act[command.type] as (command: Command) => void)(command),
    subscribe(listener) {
      listeners.add(listener);
      queueMicrotask(() => listener({ type: "catalogue", catalogue }));
      return () => listeners.delete(listener);
    },
    dispose: runs.dispose,
  };
}

const catalogue = {
  ...buildCatalogue([], null, []),
  devices: [
    {
      choice: "webgpu",
      description: "WebGPU on a scripted device",
      reason: "The fastest one here.",
      available: true,
      active: true,
    },
    {
      choice: "wasm",
      description: "ONNX Runtime, wasm, 2 threads",
      reason: "Runs everywhere.",
      available: true,
      active: false,
    },
    {
      choice: "webgl",
      description: "TensorFlow.js, WebGL",
      reason: "This browser has no WebGL 2.",
      available: false,
      active: false,
    },
  ] as const,
};
