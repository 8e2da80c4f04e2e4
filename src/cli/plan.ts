/** npm run plan -- [options]: what a training step costs on WebGPU, computed without a GPU and without running anything. */
import { parseArgs } from "node:util";
import { type BuiltInTask, taskIds } from "../contracts/tasks";
import { knownIds } from "../runtime/products/describe";
import type { PlanGroup } from "../runtime/products/plan/dispatches";
import { type PlanReport, planReport } from "../runtime/products/plan/planReport";
import { markdownTable, showBytes, showFlops, showShare } from "./lib/table";

const usage = `npm run plan -- [options]

  --backbone ID    ${knownIds.architectures.join(", ")} (default: embedded)
  --image N        side of the images in pixels (default: the backbone's own)
  --batch N        images in a micro-batch (default: 8)
  --method ID      ${knownIds.methods.join(", ")} (default: ditask)
  --decoder ID     ${knownIds.decoders.join(", ")} (default: hrnet)
  --tasks A,B      ${taskIds.join(", ")} (default: the first four)
  --list           every dispatch in order
  --json           one JSON object on stdout: dispatches, flopsRatio, arenaBytes, liveBytes and the tables
  --help`;

const options = {
  backbone: { type: "string", default: "embedded" },
  image: { type: "string" },
  batch: { type: "string", default: "8" },
  method: { type: "string", default: "ditask" },
  decoder: { type: "string", default: "hrnet" },
  tasks: { type: "string", default: "semseg,human_parts,sal,normals" },
  list: { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean" },
} as const;

const parseFlags = () => parseArgs({ options, strict: true }).values;

function positive(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${flag} ${text}: expected a whole number from 1.`);
  return value;
}

function taskList(text: string): BuiltInTask[] {
  const ids = text.split(",").map((id) => id.trim());
  const unknown = ids.find((id) => !taskIds.includes(id as BuiltInTask));
  if (unknown !== undefined) throw new Error(`--tasks ${unknown}: unknown; known: ${taskIds.join(", ")}.`);
  return [...new Set(ids)] as BuiltInTask[];
}

function groupTable(title: string, groups: readonly PlanGroup[], report: PlanReport): string {
  const columns = [
    { title },
    ...["dispatches", "share", "FLOP", "share", "bytes bound"].map((name) => ({ title: name })),
  ];
  const rows = groups.map(({ name, dispatches, flops, bytes }) => [
    name,
    String(dispatches),
    showShare(dispatches, report.dispatches),
    showFlops(flops),
    showShare(flops, report.flops),
    showBytes(bytes),
  ]);
  return markdownTable(columns, rows);
}

function show(report: PlanReport): string {
  const { model, parts, memory, parameters, evaluations } = report;
  const trained = parameters.reduce((n, g) => n + g.trained, 0);
  const total = parameters.reduce((n, g) => n + g.total, 0);
  const figures = [
    ["dispatches", String(report.dispatches), `train ${parts.train.dispatches}, apply ${parts.apply.dispatches}`],
    [
      "flopsRatio",
      report.flopsRatio.toFixed(3),
      `${showFlops(report.flops)} issued, ${showFlops(report.productFlops)} of products`,
    ],
    [
      "arenaBytes",
      showBytes(report.arenaBytes),
      `${(report.arenaBytes / report.liveBytes).toFixed(2)} of the bound, ${parts.train.slabs} slabs`,
    ],
    ["liveBytes", showBytes(report.liveBytes), "the bound by liveness"],
    [
      "sites",
      String(evaluations.factored + evaluations.merged),
      `${evaluations.factored} factored, ${evaluations.merged} merged`,
    ],
    ["parameters", total.toLocaleString("en"), `${trained.toLocaleString("en")} trained`],
    ["states", showBytes(memory.states), "parameters, gradient, moments, statistics"],
    ["constants", showBytes(memory.constants), "frozen weights, factors, tables"],
    ["inputs", showBytes(memory.inputs), "images and labels"],
  ];
  return [
    `One step of ${model.method} on ${model.backbone}, ${model.image} px, batch ${model.batch}, planned for WebGPU\n`,
    markdownTable([{ title: "figure" }, { title: "value" }, { title: "made of", align: "left" }], figures),
    "",
    groupTable("where", report.byPlace, report),
    "",
    groupTable("op", report.byOp, report),
  ].join("\n");
}

try {
  const flags = parseFlags();
  if (flags.help) console.log(usage);
  else {
    const { list, ...report } = planReport({
      backbone: flags.backbone,
      ...(flags.image === undefined ? {} : { image: positive("image", flags.image) }),
      batch: positive("batch", flags.batch),
      method: flags.method,
      decoder: flags.decoder,
      tasks: taskList(flags.tasks),
    });
    if (flags.json) console.log(JSON.stringify(flags.list ? { ...report, list } : report));
    else console.log(flags.list ? list.map((line, i) => `${i}  ${line}`).join("\n") : show({ ...report, list }));
  }
} catch (error) {
  console.error(`${(error as Error).message}\n\nnpm run plan -- --help lists the options.`);
  process.exitCode = 2;
}
