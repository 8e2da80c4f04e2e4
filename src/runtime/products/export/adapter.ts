/** What a run trained, as a folder like those of Hugging Face PEFT, with a loader in Python and the outputs of one image to check it on. */
import loader from "../../../../python/load_ditask.py?raw";
import { normalisations } from "../../../contracts/normalisation";
import { peftNames, writeAdapterFile } from "../../../core/checkpoint/adapterFile";
import { type StoredTensor, writeSafetensors } from "../../../core/checkpoint/safetensors";
import { taskOf } from "../../../core/tasks/registry";
import { namesOf, type RunRecord } from "../../run/artefacts";
import { pretrainedHash } from "../../run/prepare/baseHash";
import { methodOf } from "../../run/prepare/modelSpec";
import type { PreparedRun } from "../../run/prepare/preparedRun";
import { adapterConfig, peftType } from "./adapterConfig";
import { BINARY, type ExportedFile, type Exporter, jsonFile, textFile } from "./export";
import { type FirstImage, firstImage } from "./firstImage";
import { scoresOf, showScore } from "./scores";

/** Expected outputs have at most so many pixels a side. */
const MOST_SIDE = 64;

/** values: [S,S,c] → [1,s,s,c], every `stride`th pixel of both sides. */
function thinned(values: Float32Array, side: number, stride: number): StoredTensor {
  const channels = values.length / side ** 2;
  const kept = Math.ceil(side / stride);
  const data = new Float32Array(kept * kept * channels);
  for (let y = 0; y < kept; y++)
    for (let x = 0; x < kept; x++) {
      const from = (y * stride * side + x * stride) * channels;
      data.set(values.subarray(from, from + channels), (y * kept + x) * channels);
    }
  return { dtype: "F32", shape: [1, kept, kept, channels], data };
}

function expectedFile({ side, image, logits }: FirstImage, stride: number): ExportedFile {
  const picture: StoredTensor = { dtype: "F32", shape: [1, side, side, 3], data: image };
  const outputs = Object.entries(logits).map(
    ([task, values]) => [`logits.${task}`, thinned(values, side, stride)] as const,
  );
  const tensors = new Map([["image", picture], ...outputs]);
  return { path: "adapter/expected.safetensors", mime: BINARY, bytes: writeSafetensors(tensors) };
}

function modelCard(run: PreparedRun, hash: string, record: RunRecord): string {
  const { config, model } = run.parts;
  const { evaluations, baseline } = record.metrics();
  const { data, backbone } = namesOf(record.run());
  const { mean, deviation } = normalisations[config.input.normalisation];
  const last = evaluations.at(-1);
  const scores = scoresOf(config).flatMap((score) => {
    const { task, key, taskLabel, measure } = score;
    const value = last?.metrics[task]?.[key];
    if (value === undefined) return [];
    return [`| ${taskLabel} | ${measure} | ${showScore(score, value)} | ${showScore(score, baseline[task]?.[key])} |`];
  });
  const trained = model.layout.parameters
    .filter(({ trainable }) => trainable)
    .reduce((n, { shape }) => n + shape.reduce((m, size) => m * size, 1), 0);
  return [
    `# ${methodOf(config.method).label} on ${backbone}`,
    "",
    `Tasks: ${config.tasks.map((id) => taskOf(id, config.customTasks).label).join(", ")}. Decoder: ${config.decoder}. Data: ${data}. ${trained} trained parameters, decoders included.`,
    "",
    `It belongs to the backbone with the SHA-256 \`${hash}\` and fits no other. Images have ${model.imageSize} pixels a side, and a colour v, as a ` +
      `share of 255, goes in as (v - mean) / deviation: mean ${mean.join(", ")}, deviation ${deviation.join(", ")}.`,
    "",
    ...(scores.length > 0
      ? [
          `Scores on ${last!.images} validation images at step ${last!.step}, beside the baseline of a constant prediction:`,
          "",
          "| Task | Metric | Score | Baseline |",
          "|---|---|---:|---:|",
          ...scores,
          "",
        ]
      : ["It was not evaluated.", ""]),
    "| File | What it holds |",
    "|---|---|",
    `| adapter_model.safetensors | every trained number under its name, decoders and their running statistics too; type ${peftType(run)} |`,
    "| adapter_config.json | method, settings, adapted layers, tasks, hash of the backbone |",
    "| expected.safetensors | one image and the outputs that it must give |",
    "| load_ditask.py | rebuilds DiTASK on Swin with the hrnet decoder, and nothing else, with PyTorch alone: `python load_ditask.py BACKBONE.safetensors` checks it |",
    "",
  ].join("\n");
}

export const adapter: Exporter = {
  label: "Adapter",
  help: "What was trained, as safetensors with its configuration, a model card, and a loader in Python that checks itself.",
  files: async ({ run, record }) => {
    await run.readBack();
    const { weights, config } = run.parts;
    const hash = pretrainedHash(run);
    const first = await firstImage(run);
    const stride = Math.ceil(first.side / MOST_SIDE);
    const names = peftType(run) === "LORA" ? peftNames : undefined;
    const { backbone } = namesOf(record.run());
    const about = { base_sha256: hash, base_name: backbone, config: JSON.stringify(config) };
    const bytes = writeAdapterFile(weights, about, names);
    return [
      { path: "adapter/adapter_model.safetensors", mime: BINARY, bytes },
      jsonFile("adapter/adapter_config.json", adapterConfig(run, { hash, backbone, stride })),
      textFile("adapter/README.md", "text/markdown", modelCard(run, hash, record)),
      expectedFile(first, stride),
      textFile("adapter/load_ditask.py", "text/x-python", loader),
    ];
  },
};
