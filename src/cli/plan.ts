/** npm run plan -- [options]: what a training step costs on WebGPU, computed without a GPU and without running anything. */
import type { PlanGroup } from "../runtime/products/plan/dispatches";
import { type PlanReport, planReport } from "../runtime/products/plan/planReport";
import { runDeclared } from "./lib/commands";
import { planConfig, planRequest } from "./lib/planOptions";
import { markdownTable, showBytes, showFlops, showShare } from "./lib/table";

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

await runDeclared("plan", async (flags) => {
  const { list, ...report } = planReport(planRequest(planConfig(flags)));
  if (flags.json) console.log(JSON.stringify(flags.list ? { ...report, list } : report));
  else console.log(flags.list ? list.map((line, i) => `${i}  ${line}`).join("\n") : show({ ...report, list }));
  return 0;
});
