import { describe, expect, it } from "vitest";
import { type NormalisationId, normalisations } from "../../src/contracts/normalisation";
import type { RunConfig } from "../../src/contracts/runConfig";
import type { Model, ModelTask } from "../../src/core/model/model";
import { createBatches } from "../../src/data/batches";
import { scenesSource } from "../../src/data/scenes";
import { predictionPictures } from "../../src/runtime/products/pictures/pictures";

const SIDE = 24;
const still = {
  horizontalFlip: false,
  scaleMin: 1,
  scaleMax: 1,
  scales: [],
  rotationDegrees: 0,
  cropShift: 0,
  colourJitter: 0,
};

async function pictures(normalisation: NormalisationId) {
  const source = scenesSource({ size: SIDE, seed: 3, train: 2, val: 2 });
  const settings = { batchSize: 2, imageSize: SIDE, seed: 1, tasks: ["sal"], augment: still, normalisation };
  const batch = await createBatches(source, settings).evalBatch("val", 0);
  const config = { input: { normalisation } } as RunConfig;
  const model = { tasks: [] as readonly ModelTask[] } as Model;
  return {
    own: await createBatches(source, settings).sample("val", 1),
    shown: predictionPictures({ config, model, source }, [{ batch, rows: 2, logits: {} }]),
  };
}

describe("pictures of a batch", () => {
  it.each(Object.keys(normalisations) as NormalisationId[])("show the colours of the images again (%s)", async (id) => {
    const { own, shown } = await pictures(id);
    expect(shown).toHaveLength(2);
    const { rgba } = shown[1]!.image;
    const colours = rgba.filter((_, i) => i % 4 < 3);
    expect(own.image.data).toHaveLength(colours.length);
    colours.forEach((value, i) => {
      expect(Math.abs(value - own.image.data[i]!)).toBeLessThanOrEqual(1);
    });
  });
});
