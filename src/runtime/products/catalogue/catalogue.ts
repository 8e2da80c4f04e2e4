/** The catalogue, gathered from the registries: what exists is listed there and nowhere else. */
import type { BackboneEntry, Catalogue, DataEntry, MethodEntry, TaskEntry } from "../../../contracts/catalogue";
import { type BackboneChoice, resolveBackbone } from "../../../core/backbones/registry";
import { decoders } from "../../../core/decoders/registry";
import type { Probed } from "../../../core/exec/registry";
import { sizeOf } from "../../../core/graph/node";
import type { MethodDef } from "../../../core/methods/method";
import { methods } from "../../../core/methods/registry";
import { buildModel } from "../../../core/model/model";
import { tasks } from "../../../core/tasks/registry";
import { sceneClasses, scenePartClasses, sceneTasks } from "../../../data/scenes/index";
import { ratesOf } from "../../run/prepare/modelSpec";
import { FILE_BACKBONE, type OpenedBackbone } from "../../run/prepare/openedBackbone";
import { type StartingPoint, startingPoints } from "../../run/prepare/startingPoints";
import { exportEntries } from "../export/registry";
import { contestants } from "./contestants";
import { presets } from "./presets";
import { settings } from "./settings";
import { measureEntries, taskKindEntries } from "./taskKinds";

const backboneEntry = ({ id, label, help, backbone, asset }: StartingPoint): BackboneEntry => ({
  id,
  label,
  help,
  ...sizesOf(backbone),
  embedded: asset !== null,
});

export const openedEntry = ({ name, backbone }: OpenedBackbone): BackboneEntry => ({
  id: FILE_BACKBONE,
  label: `${backbone.label} (your file)`,
  help: `From ${name}. The weights stay on this machine.`,
  ...sizesOf(backbone),
  embedded: false,
});

function sizesOf(backbone: BackboneChoice): Pick<BackboneEntry, "imageSize" | "parameters"> {
  const { layout } = buildModel({ backbone, method: { id: "full" }, tasks: [{ id: "sal" }] });
  const own = layout.parameters.filter((p) => p.name.startsWith("backbone."));
  return {
    imageSize: resolveBackbone(backbone).imageSize,
    parameters: own.reduce((n, p) => n + sizeOf(p.shape), 0),
  };
}

const taskEntries = (): readonly TaskEntry[] =>
  Object.values(tasks).map((task) => {
    const measure = measureEntries(task.metric)[0]!;
    return {
      id: task.id,
      label: task.label,
      help: task.about,
      metric: measure.key,
      metricLabel: measure.label,
      unit: measure.unit,
      largerIsBetter: measure.largerIsBetter,
      percent: measure.percent,
      weight: task.objective.weight,
      measures: measureEntries(task.metric),
    };
  });

const methodEntries = (): readonly MethodEntry[] =>
  (Object.values(methods) as readonly MethodDef<object>[]).map((def) => ({
    id: def.id,
    label: def.label,
    help: def.about,
    family: def.family,
    source: def.source,
    settings: def.settings.map(({ key, ...control }) => ({
      ...control,
      path: `method.settings.${key}`,
      group: "method" as const,
      effect: "graph" as const,
      advanced: control.advanced ?? false,
    })),
    defaults: def.defaults as MethodEntry["defaults"],
    unfreeze: def.unfreeze,
    rates: ratesOf(def),
  }));

export const scenesEntry: DataEntry = {
  id: "scenes",
  label: "Scenes",
  help: "Built-in: rooms with furniture and people, drawn by a seeded ray-caster, with exact labels for all six tasks. Endless.",
  tasks: sceneTasks,
  legends: { semseg: sceneClasses, human_parts: scenePartClasses },
  train: 4096,
  val: 1024,
};

export function buildCatalogue(
  probed: readonly Probed[],
  active: Probed["entry"]["choice"] | null,
  data: readonly DataEntry[],
  opened?: OpenedBackbone,
): Catalogue {
  return {
    tasks: taskEntries(),
    taskKinds: taskKindEntries(),
    methods: methodEntries(),
    contestants: contestants
      .filter(({ perTask }) => !perTask)
      .map(({ id, label, note, method, rates }) => ({ id, label, help: note, method, ...(rates && { rates }) })),
    decoders: Object.values(decoders).map(({ id, label, about, source }) => ({
      id,
      label,
      help: `${about} ${source}.`,
    })),
    backbones: [...startingPoints.map(backboneEntry), ...(opened ? [openedEntry(opened)] : [])],
    data: [scenesEntry, ...data],
    presets,
    exports: exportEntries(),
    settings,
    devices: probed.map(({ entry, available, reason }) => ({
      choice: entry.choice,
      description: entry.label,
      reason,
      available,
      active: entry.choice === active,
    })),
  };
}
