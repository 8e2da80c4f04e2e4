/** All exports, in the order of the menu. */
import type { Entry } from "../../../contracts/catalogue";
import { adapter } from "./adapter";
import { charts } from "./charts";
import { csv } from "./csv";
import type { ExportContext, ExportedFile, Exporter } from "./export";
import { merged } from "./merged";
import { official } from "./official";
import { onnx, onnxPerTask } from "./onnx";
import { predictions } from "./predictions";
import { metrics, run } from "./record";
import { report } from "./report";
import { tensorboard } from "./tensorboard";

export const exporters = {
  adapter,
  merged,
  official,
  onnx,
  "onnx-per-task": onnxPerTask,
  run,
  metrics,
  csv,
  tensorboard,
  charts,
  predictions,
  report,
} satisfies Record<string, Exporter>;

export const exportIds: readonly string[] = Object.keys(exporters);

export const exportEntries = (): readonly Entry[] =>
  Object.entries(exporters).map(([id, { label, help }]) => ({ id, label, help }));

/** @throws where no export has this id. */
export function checkExport(id: string): Exporter {
  if (!Object.hasOwn(exporters, id)) throw new Error(`Export "${id}" does not exist; known: ${exportIds.join(", ")}.`);
  return exporters[id as keyof typeof exporters];
}

export const exportFiles = (id: string, context: ExportContext): Promise<readonly ExportedFile[]> =>
  checkExport(id).files(context);
