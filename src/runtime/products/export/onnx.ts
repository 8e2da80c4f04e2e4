/**
 * The tuned model as ONNX, for one image at a time: input "image" [1,S,S,3], outputs "logits.<task>" [1,S,S,c]. What a method learned is
 * merged into the weights where that is possible; else its layers are in the file. Each file is run in ONNX Runtime before it is offered.
 */
import { loadPart } from "../../../contracts/loadPart";
import type { Graph } from "../../../core/graph/node";
import { removeDeadNodes } from "../../../core/graph/passes";
import { type FrozenModel, frozenModel, mergedModel } from "../../../core/model/frozen";
import { evaluateGraph, inputs, outputs } from "../../../core/model/graphs";
import type { PreparedRun } from "../../run/prepare/preparedRun";
import { BINARY, type ExportContext, type ExportedFile, type Exporter } from "./export";
import { checkSame, type FirstImage, firstImage } from "./firstImage";

/** Merged where the method is a linear map everywhere; a warped spectrum, which ONNX has no form of, always is. */
function plainest({ parts: { model, weights } }: PreparedRun): FrozenModel {
  const { method, backbone, tasks } = model;
  const streams = ["shared", ...tasks.map(({ id }) => id)];
  const linear = backbone.sites.every((site) => streams.every((stream) => method.merged(weights, site, stream)));
  return linear && !method.prompts ? mergedModel(model, weights) : frozenModel(model, weights);
}

async function checked(
  path: string,
  graph: Graph,
  { weights }: FrozenModel,
  { side, image, logits }: FirstImage,
  { executorHost }: ExportContext,
): Promise<ExportedFile> {
  // Loaded when asked for: a visitor whose device is another does not fetch this executor.
  const [{ exportOnnx }, { runOnnxModel }] = await Promise.all([
    loadPart("What writes ONNX", () => import("../../../core/exec/onnx/lower")),
    loadPart("ONNX Runtime", () => import("../../../core/exec/onnx/runModel")),
  ]);
  const bytes = exportOnnx(graph, weights.statistics, "ditask-studio");
  const feeds = { [inputs.image]: { shape: [1, side, side, 3], data: image } };
  const found = await runOnnxModel(bytes, feeds, executorHost.isNode);
  const tasks = Object.keys(logits).filter((task) => found[outputs.logits(task)]);
  const kept = (values: (task: string) => Float32Array) =>
    Object.fromEntries(tasks.map((task) => [task, values(task)]));
  checkSame(
    path,
    kept((task) => logits[task]!),
    kept((task) => found[outputs.logits(task)]!),
  );
  return { path, mime: BINARY, bytes };
}

async function prepared({ run }: ExportContext) {
  await run.readBack();
  const frozen = plainest(run);
  return { frozen, graph: evaluateGraph(frozen.model, frozen.weights, { batch: 1 }), first: await firstImage(run) };
}

export const onnx: Exporter = {
  label: "ONNX, all tasks",
  help: "One file with an output a task, for one image at a time. Checked in ONNX Runtime first.",
  files: async (context) => {
    const { frozen, graph, first } = await prepared(context);
    return [await checked("onnx/model.onnx", graph, frozen, first, context)];
  },
};

export const onnxPerTask: Exporter = {
  label: "ONNX, one file a task",
  help: "Each file holds what its task needs and nothing else. Checked in ONNX Runtime first.",
  files: async (context) => {
    const { frozen, graph, first } = await prepared(context);
    const files: ExportedFile[] = [];
    for (const { id } of frozen.model.tasks) {
      const own = removeDeadNodes({
        ...graph,
        outputs: graph.outputs.filter(({ name }) => name === outputs.logits(id)),
      });
      files.push(await checked(`onnx/${id}.onnx`, own, frozen, first, context));
    }
    return files;
  },
};
