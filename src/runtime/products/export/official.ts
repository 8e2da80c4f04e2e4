/**
 * The run as the released code of DiTASK (github.com/ipsitmantri/DiTASK) saves it: `ckpt.pth` for its --resume, its YAML, and the line
 * that starts it. That code warps by the index alone, with fixed ends, and has warps that reach no output; these are written as zeros.
 */

import { resolveBackbone } from "../../../core/backbones/registry";
import type { SwinSettings } from "../../../core/backbones/swin";
import { relativePositionIndex } from "../../../core/backbones/swinBlock";
import { familyOf } from "../../../core/checkpoint/families/registry";
import { exportReference } from "../../../core/checkpoint/names";
import { type TorchTensor, writeTorch } from "../../../core/checkpoint/writeTorch";
import type { DitaskSettings } from "../../../core/methods/ditask";
import { resolveSettings } from "../../../core/methods/settings";
import type { Model } from "../../../core/model/model";
import { methodOf } from "../../run/prepare/modelSpec";
import type { PreparedRun } from "../../run/prepare/preparedRun";
import { BINARY, type Exporter, textFile } from "./export";
import { cellsOfTask, officialReadme, officialYaml } from "./officialConfig";

/** What the released code knows. */
const TASKS = ["semseg", "human_parts", "sal", "normals", "edge", "depth"];

/** @throws where the released code would compute something else. */
function checkExpressible({ parts: { config, model } }: PreparedRun): DitaskSettings {
  const refuse = (field: string, value: unknown, allowed: string): never => {
    throw new Error(
      `${field} is "${value}", which the released code does not have; it has ${allowed}. Train with that, or export merged weights or ONNX.`,
    );
  };
  if (config.method.id !== "ditask") refuse("method.id", config.method.id, "ditask");
  if (!familyOf(resolveBackbone(model.spec.backbone).family).released) refuse("backbone", config.backbone, "Swin");
  const { normalisation } = config.input;
  if (normalisation !== "imagenet") refuse("input.normalisation", normalisation, "imagenet");
  if (config.decoder !== "hrnet") refuse("decoder", config.decoder, "hrnet");
  const settings = resolveSettings(methodOf(config.method), config.method.settings) as DitaskSettings;
  if (settings.reading !== "index") refuse("method.settings.reading", settings.reading, "index");
  if (settings.boundary !== "zero") refuse("method.settings.boundary", settings.boundary, "zero");
  const strange = config.tasks.find((task) => !TASKS.includes(task));
  if (strange !== undefined) refuse("tasks", strange, TASKS.join(", "));
  return settings;
}

/** The warps that the released code has and this run has not: copies of the shared one where tasks do not part, else the identity. */
function missingWarps(
  model: Model,
  settings: DitaskSettings,
  known: ReadonlyMap<string, TorchTensor>,
): readonly (readonly [string, TorchTensor])[] {
  const { depths } = swinOf(model);
  const zeros = (cells: number): TorchTensor => ({ shape: [1, cells - 1], data: new Float32Array(cells - 1) });
  return model.backbone.sites
    .filter(({ kind }) => settings.sites.includes(kind))
    .flatMap(({ name, kind, stage, block }) => {
      const shared = known.get(`${name}.lora_shared_A`) ?? zeros(settings.sharedCells);
      const parts = kind === "qkv" || (kind !== "reduction" && block === depths[stage]! - 1);
      const ofTasks = parts ? model.tasks.map(({ id }) => id) : [];
      const copied = settings.streams === "shared" && kind !== "qkv";
      return [
        [`${name}.lora_shared_A`, shared] as const,
        ...ofTasks.map((task) => {
          const own = copied ? shared : zeros(cellsOfTask(settings, task));
          return [`${name}.lora_tasks_A.${task}`, own] as const;
        }),
      ];
    })
    .filter(([name]) => !known.has(name));
}

const swinOf = ({ spec }: Model): SwinSettings =>
  resolveBackbone(spec.backbone, spec.backboneSettings).settings as SwinSettings;

const int64 = (values: ArrayLike<number>): BigInt64Array => BigInt64Array.from(Array.from(values, BigInt));

/** [nW,M²,M²]: -100 between tokens of a shifted window that were not neighbours in the map. */
function attentionMask(side: number, window: number, shift: number): TorchTensor {
  const area = window * window;
  const across = side / window;
  const band = (i: number): number => (i < side - window ? 0 : i < side - shift ? 1 : 2);
  const region = (w: number, i: number): number => {
    const row = Math.floor(w / across) * window + Math.floor(i / window);
    return 3 * band(row) + band((w % across) * window + (i % window));
  };
  const data = Float32Array.from({ length: across * across * area * area }, (_, at) => {
    const w = Math.floor(at / (area * area));
    return region(w, Math.floor(at / area) % area) === region(w, at % area) ? 0 : -100;
  });
  return { shape: [across * across, area, area], data };
}

/** What a state dict of the released model has beside parameters: indices, masks, counts of batches. */
function buffers(model: Model): readonly (readonly [string, TorchTensor])[] {
  const { depths, patch, window: wanted } = swinOf(model);
  const blocks = depths.flatMap((depth, stage) => {
    const side = model.imageSize / patch / 2 ** stage;
    const window = Math.min(wanted, side);
    const area = window * window;
    return Array.from({ length: depth }, (_, block) => {
      const name = `backbone.layers.${stage}.blocks.${block}`;
      const index = { shape: [area, area], data: int64(relativePositionIndex(window)) };
      const mask = [`${name}.attn_mask`, attentionMask(side, window, Math.floor(window / 2))] as const;
      const own = [`${name}.attn.relative_position_index`, index] as const;
      return block % 2 === 1 && window < side ? [own, mask] : [own];
    }).flat();
  });
  const counts = model.tasks.map(
    ({ id }) => [`decoders.decoders.${id}.last_layer.1.num_batches_tracked`, { shape: [], data: int64([0]) }] as const,
  );
  return [...blocks, ...counts];
}

/** The state dict of the released model. */
export function officialTensors(run: PreparedRun, settings: DitaskSettings): ReadonlyMap<string, TorchTensor> {
  const { model, weights } = run.parts;
  const own = [...exportReference(model, weights)].map(([name, { shape, data }]): [string, TorchTensor] => [
    name,
    { shape, data: Float32Array.from(data) },
  ]);
  return new Map([...own, ...missingWarps(model, settings, new Map(own)), ...buffers(model)]);
}

export const official: Exporter = {
  label: "For the released DiTASK code",
  help: "A checkpoint under that repository's names, its YAML and the line that starts it, to go on with on many GPUs. For warps of the index.",
  files: async ({ run }) => {
    const settings = checkExpressible(run);
    await run.readBack();
    const { config, model } = run.parts;
    return [
      { path: "official/ckpt.pth", mime: BINARY, bytes: writeTorch(officialTensors(run, settings)) },
      textFile("official/ditask_studio.yaml", "text/yaml", officialYaml(config, model, settings, swinOf(model))),
      textFile("official/README.md", "text/markdown", officialReadme(config, model)),
    ];
  },
};
