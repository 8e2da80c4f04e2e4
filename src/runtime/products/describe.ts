/**
 * What a configuration would train, told without weights, device or decomposition: the model is built as declarations alone. Takes any
 * backbone of the catalogue, those without built-in weights too.
 */

import type { RunConfig } from "../../contracts/runConfig";
import type { ParameterGroup } from "../../contracts/runEvent";
import type { DataSource } from "../../contracts/sample";
import { type BackboneChoice, type BackboneId, backbones } from "../../core/backbones/registry";
import { decoders } from "../../core/decoders/registry";
import { sizeOf } from "../../core/graph/node";
import { methods } from "../../core/methods/registry";
import { resolveSettings } from "../../core/methods/settings";
import { groupEntries } from "../../core/model/accounting";
import { buildModel, type Model } from "../../core/model/model";
import type { ParameterGroup as ParameterGroupId } from "../../core/nn/parameters";
import { type SiteKind, siteKinds } from "../../core/nn/site";
import { tasks as builtIn } from "../../core/tasks/registry";
import { layouts } from "../../data/layouts";
import { scenesSource } from "../../data/scenes";
import { methodOf, modelSpec } from "../run/prepare/modelSpec";
import { FILE_BACKBONE, type OpenedBackbone } from "../run/prepare/openedBackbone";
import { needOpened, startingPoint, startingPoints } from "../run/prepare/startingPoints";

/** The linear layers of one kind. */
export interface SiteSummary {
  readonly kind: SiteKind;
  readonly sites: number;
  /** How many of them the method gives trained parameters of its own. */
  readonly adapted: number;
  /** Trained parameters that the method adds to them. */
  readonly added: number;
  /** Parameters of their own weights and biases that train. */
  readonly unfrozen: number;
}

export interface Description {
  readonly backbone: string;
  readonly imageSize: number;
  readonly method: {
    readonly id: string;
    readonly label: string;
    readonly source: string;
    /** All settings, defaults included. */
    readonly settings: object;
    /** What is unfrozen beside the method; null where the method alone says what trains. */
    readonly unfreeze: RunConfig["method"]["unfreeze"] | null;
  };
  readonly decoder: string;
  readonly tasks: readonly { readonly id: string; readonly channels: number }[];
  readonly sites: readonly SiteSummary[];
  readonly parameters: readonly ParameterGroup[];
  readonly trained: number;
  readonly total: number;
}

/** What may be named where: the ids of the registries. */
export const knownIds = {
  methods: Object.keys(methods),
  decoders: Object.keys(decoders),
  tasks: Object.keys(builtIn),
  /** Of the user's own files, beside "auto". */
  layouts: layouts.map(({ id }) => id),
  architectures: Object.keys(backbones),
  /** Those that a run may start from. */
  startingPoints: startingPoints.map(({ id }) => id),
  /** Those that can only be described and planned. */
  otherBackbones: Object.keys(backbones).filter((id) => startingPoints.every((point) => point.id !== id)),
} as const;

type DataTasks = Pick<DataSource, "name" | "tasks">;

export interface DescribeOptions {
  /** The data whose classes are counted. Absent: Scenes, or for an architecture without weights the benchmark that has 21 and 7 (PASCAL). */
  readonly source?: DataTasks;
  /** How many classes a task has, whatever the data say. */
  readonly classes?: Readonly<Record<string, number>>;
  /** The user's own weights, for configurations that name them. */
  readonly opened?: OpenedBackbone;
}

/** What the methods add. */
const methodGroups: readonly ParameterGroupId[] = ["theta", "method"];

/** Labels for every task that the run knows, with the number of classes that the task itself expects. */
const anyData = ({ customTasks }: RunConfig): DataTasks => ({
  name: "any data set",
  tasks: [...knownIds.tasks, ...customTasks.map(({ id }) => id)].map((task) => ({ task })),
});

const isStartingPoint = (id: string): boolean => knownIds.startingPoints.includes(id);

function dataOf(config: RunConfig, { source, classes = {} }: DescribeOptions): DataTasks {
  const hasData =
    isStartingPoint(config.backbone) && config.data.source === "scenes" && config.customTasks.length === 0;
  const { name, tasks } = source ?? (hasData ? scenesSource({ size: 32, train: 1, val: 1, seed: 0 }) : anyData(config));
  const strange = Object.keys(classes).find((id) => !config.tasks.includes(id));
  if (strange !== undefined)
    throw new Error(`--classes names ${strange}, but the run has no such task; allowed: ${config.tasks.join(", ")}.`);
  return {
    name,
    tasks: tasks.map((task) => ({ ...task, ...(task.task in classes && { classCount: classes[task.task]! }) })),
  };
}

/** @throws where neither a starting point nor an architecture has this id. */
function architecture(id: string, opened: OpenedBackbone | undefined): BackboneChoice {
  if (id === FILE_BACKBONE) return needOpened(opened).backbone;
  if (isStartingPoint(id)) return startingPoint(id).backbone;
  if (Object.hasOwn(backbones, id)) return id as BackboneId;
  throw new Error(
    `backbone is "${id}"; known: ${[...knownIds.startingPoints, ...knownIds.otherBackbones].join(", ")}.`,
  );
}

/** @throws where the configuration names what does not exist or does not fit. */
export function describeRun(config: RunConfig, options: DescribeOptions = {}): Description {
  const backbone = architecture(config.backbone, options.opened);
  const model = buildModel(modelSpec(config, dataOf(config, options), backbone));
  const def = methodOf(config.method);
  const parameters = groupEntries(model.layout);
  return {
    backbone: config.backbone,
    imageSize: model.imageSize,
    method: {
      id: def.id,
      label: def.label,
      source: def.source,
      settings: resolveSettings(def, config.method.settings),
      unfreeze: def.unfreeze && config.method.unfreeze,
    },
    decoder: config.decoder,
    tasks: model.tasks.map(({ id, channels }) => ({ id, channels })),
    sites: siteKinds.map((kind) => summary(model, kind)).filter(({ sites }) => sites > 0),
    parameters,
    trained: parameters.reduce((sum, group) => sum + group.trained, 0),
    total: parameters.reduce((sum, group) => sum + group.total, 0),
  };
}

function summary({ layout, backbone }: Model, kind: SiteKind): SiteSummary {
  const counts = backbone.sites
    .filter((site) => site.kind === kind)
    .map(({ name }) => {
      const trained = layout.parameters.filter((p) => p.trainable && p.name.startsWith(`${name}.`));
      const sum = (isMethods: boolean): number =>
        trained.reduce(
          (n, { group, shape }) => n + (methodGroups.includes(group) === isMethods ? sizeOf(shape) : 0),
          0,
        );
      return { added: sum(true), unfrozen: sum(false) };
    });
  return {
    kind,
    sites: counts.length,
    adapted: counts.filter(({ added }) => added > 0).length,
    added: counts.reduce((n, { added }) => n + added, 0),
    unfrozen: counts.reduce((n, { unfrozen }) => n + unfrozen, 0),
  };
}
