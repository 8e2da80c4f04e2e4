import { describe, expect, it } from "vitest";
import { peftNames, putAdapter, readAdapterTensors, writeAdapterFile } from "../../src/core/checkpoint/adapterFile";
import { writeTorch } from "../../src/core/checkpoint/writeTorch";
import { crc32 } from "../../src/core/io/crc32";
import { buildModel } from "../../src/core/model/model";
import { initialWeights } from "../../src/core/nn/weights";
import { readNpy } from "../../src/data/io/npy";
import { chart } from "../../src/figures/chart";
import type { Series } from "../../src/figures/spec";
import { metricsCsv } from "../../src/runtime/products/export/csv";
import { checkSame, TOLERANCE } from "../../src/runtime/products/export/firstImage";
import { npyFile } from "../../src/runtime/products/export/predictions";
import { checkExport, exportEntries, exportIds } from "../../src/runtime/products/export/registry";
import { scoresOf, showScore } from "../../src/runtime/products/export/scores";
import { crc32c, tensorboardFile } from "../../src/runtime/products/export/tensorboard";
import type { MetricsFile } from "../../src/runtime/run/artefacts";

const lineChart = (title: string, series: readonly Series[]): string => chart({ title, x: { label: "step" }, series });

const metrics: MetricsFile = {
  format: 1,
  baseline: { sal: { mIoU: 0.25 } },
  evaluations: [{ step: 300, images: 4, metrics: { sal: { mIoU: 0.5 } } }],
  steps: [{ step: 1, total: 2.5, losses: { sal: 0.5 }, gradientNorm: 3 }],
};

describe("the table of metrics", () => {
  it("has a row a number", () => {
    expect(metricsCsv(metrics).split("\r\n")).toEqual([
      "step,kind,task,name,value",
      "0,baseline,sal,mIoU,0.25",
      "1,train,,loss,2.5",
      "1,train,,gradient norm,3",
      "1,train,sal,loss,0.5",
      "300,validation,sal,mIoU,0.5",
      "",
    ]);
  });
});

/** An event file read record by record, without the writer's code but for the checksum, which has a test of its own. */
function readEvents(file: Uint8Array) {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const mask = (crc: number) => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
  const found: Uint8Array[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(view.getBigUint64(at, true));
    expect(view.getUint32(at + 8, true)).toBe(mask(crc32c(file.subarray(at, at + 8))));
    const message = file.subarray(at + 12, at + 12 + length);
    expect(view.getUint32(at + 12 + length, true)).toBe(mask(crc32c(message)));
    found.push(message);
    at += 16 + length;
  }
  return found.map(readMessage);
}

function readMessage(bytes: Uint8Array): Record<number, number | Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const fields: Record<number, number | Uint8Array> = {};
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const field = key >> 3;
    const wire = key & 7;
    if (wire === 0) {
      fields[field] = varint();
      continue;
    }
    const length = wire === 2 ? varint() : wire === 1 ? 8 : 4;
    fields[field] =
      wire === 2 ? bytes.subarray(at, at + length) : wire === 1 ? view.getFloat64(at, true) : view.getFloat32(at, true);
    at += length;
  }
  return fields;
}

describe("the TensorBoard file", () => {
  it("has the checksum of RFC 3720", () => {
    expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  });

  it("says its version first, then every number with its step", () => {
    const [version, ...events] = readEvents(tensorboardFile(metrics, 1_700_000_000));
    expect(new TextDecoder().decode(version![3] as Uint8Array)).toBe("brain.Event:2");
    const scalars = events.map((event) => {
      const value = readMessage(readMessage(event[5] as Uint8Array)[1] as Uint8Array);
      return [event[1], event[2], new TextDecoder().decode(value[1] as Uint8Array), value[2]];
    });
    expect(scalars).toEqual([
      [1_700_000_000, 0, "baseline/sal/mIoU", 0.25],
      [1_700_000_000, 1, "train/loss", 2.5],
      [1_700_000_000, 1, "train/gradient_norm", 3],
      [1_700_000_000, 1, "train/sal/loss", 0.5],
      [1_700_000_000, 300, "validation/sal/mIoU", 0.5],
    ]);
  });
});

describe("charts and arrays", () => {
  it("break a line at numbers that are not finite, and escape labels", () => {
    const svg = lineChart("a < b", [
      {
        label: "x",
        points: [
          [0, 1],
          [1, Number.NaN],
          [2, 3],
        ],
      },
    ]);
    expect(svg).toContain("a &lt; b");
    expect(svg.match(/d="(M[^"VH]*)"/)![1]!.match(/M/g)).toHaveLength(2);
    expect(svg).not.toContain("NaN");
  });

  it("have ticks of round numbers, and a legend in as many rows as its labels need", () => {
    const rising = (label: string) => ({ label, points: [0, 1, 2].map((i) => [i, 0.37 * i] as const) });
    const one = lineChart("t", [rising("a")]);
    for (const tick of ["0", "0.2", "0.4", "0.6", "0.8"]) expect(one).toContain(`>${tick}</text>`);
    const heightOf = (svg: string): number => Number(/viewBox="0 0 480 (\d+)"/.exec(svg)![1]);
    const labels = ["Semantic segmentation", "Human parts", "Saliency", "Surface normals", "Depth"];
    const many = lineChart("t", labels.map(rising));
    for (const label of labels) expect(many).toContain(`>${label}</text>`);
    expect(heightOf(many) - heightOf(one)).toBe(30);
    expect(lineChart("nothing", [])).toContain(">0.5</text>");
  });

  it("come back from NPY", () => {
    const data = Float32Array.of(1, -2, 3.5, 4, 5, 6);
    const { shape, data: back } = readNpy(npyFile([1, 2, 3], data));
    expect(shape).toEqual([1, 2, 3]);
    expect(Array.from(back as Float32Array)).toEqual(Array.from(data));
  });
});

describe("scores for people", () => {
  const scores = scoresOf({ tasks: ["normals", "semseg", "depth"], customTasks: [] });
  const score = (task: string, key: string) => scores.find((one) => one.task === task && one.key === key)!;

  it("stand in the order of the tasks, the primary measure of each first, with the better end", () => {
    expect([...new Set(scores.map(({ taskLabel }) => taskLabel))]).toEqual([
      "Surface normals",
      "Semantic segmentation",
      "Depth",
    ]);
    expect([scores[0]!.measure, score("semseg", "mIoU").measure]).toEqual(["mean angle ↓", "mean IoU ↑"]);
  });

  it("have their unit, and a dash where there is no number", () => {
    expect(showScore(score("semseg", "mIoU"), 0.5966)).toBe("59.7 %");
    expect(showScore(score("normals", "mean"), 22.71)).toBe("22.7°");
    expect(showScore(score("depth", "rmse"), 0.6123)).toBe("0.612 m");
    expect(showScore(score("depth", "rmse"), undefined)).toBe("–");
    expect(showScore(score("depth", "rmse"), Number.NaN)).toBe("NaN");
  });
});

describe("the check of an exported model", () => {
  it("passes within the tolerance and refuses beyond it, and what is not a number", () => {
    const wanted = { sal: Float32Array.of(10, 1) };
    expect(checkSame("it", wanted, { sal: Float32Array.of(10, 1 + 5 * TOLERANCE) })).toBeGreaterThan(0);
    expect(() => checkSame("it", wanted, { sal: Float32Array.of(10, 1.1) })).toThrow(/differs .* sal/);
    expect(() => checkSame("it", wanted, { sal: Float32Array.of(10, Number.NaN) })).toThrow(/differs/);
    expect(() => checkSame("it", wanted, {})).toThrow(/0 numbers for sal/);
  });
});

describe("the adapter file", () => {
  const model = buildModel({ backbone: "micro", method: { id: "lora" }, tasks: [{ id: "sal" }] });

  it("comes back under PEFT's names", () => {
    const weights = initialWeights(model.layout, 1);
    const other = initialWeights(model.layout, 2);
    putAdapter(other, readAdapterTensors(writeAdapterFile(weights, {}, peftNames)).tensors);
    expect(other.trainable).toEqual(weights.trainable);
    const name = "backbone.layers.0.blocks.0.attn.qkv.lora_A";
    expect(peftNames(name)).toBe("base_model.model.layers.0.blocks.0.attn.qkv.lora_A.weight");
  });
});

describe("the PyTorch file", () => {
  it("is a zip archive with the checksums of its entries", () => {
    const file = writeTorch(new Map([["a", { shape: [2], data: Float32Array.of(1, 2) }]]));
    const view = new DataView(file.buffer);
    expect(view.getUint32(0, true)).toBe(0x04034b50);
    const size = view.getUint32(18, true);
    const start = 30 + view.getUint16(26, true);
    expect(view.getUint32(14, true)).toBe(crc32(file.subarray(start, start + size)));
    expect([...file.subarray(start, start + 2)]).toEqual([0x80, 2]);
    expect(view.getUint16(file.length - 22 + 10, true)).toBe(3);
  });
});

describe("the registry of exports", () => {
  it("is what the catalogue offers; unknown ids are refused with the known ones", () => {
    expect(exportEntries().map(({ id }) => id)).toEqual(exportIds);
    expect(() => checkExport("pickle")).toThrow(/"pickle" does not exist; known: adapter, merged/);
  });
});
