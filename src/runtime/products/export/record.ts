/** The run file and its metrics. */
import { type Exporter, jsonFile } from "./export";

export const run: Exporter = {
  label: "Run file",
  help: "Every setting, to repeat this run.",
  files: async ({ record }) => [jsonFile("run.json", record.run())],
};

export const metrics: Exporter = {
  label: "Metrics (JSON)",
  help: "Losses of every step, all evaluations, and the baselines.",
  files: async ({ record }) => [jsonFile("metrics.json", record.metrics())],
};
