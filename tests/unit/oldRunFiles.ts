/** Run files as earlier versions wrote them. */

/** The default run before its fields were renamed. */
export const version3 = {
  version: 3,
  backbone: "embedded",
  input: { imageSize: 0, window: 0, normalisation: "imagenet" },
  data: {
    source: "scenes",
    train: 1024,
    val: 128,
    layout: "auto",
    valShare: 0,
    select: {},
    readings: {},
    augment: { flip: true, scaleMin: 1, scaleMax: 1, scales: [], rotateDegrees: 0, shift: 0, jitter: 0 },
  },
  method: {
    id: "ditask",
    settings: { sharedCells: 32, taskCells: 16 },
    free: { norms: true, patchMerging: true, positionBias: true, patchEmbed: true },
  },
  head: "hrnet",
  tasks: ["semseg", "human_parts", "sal", "normals"],
  customTasks: [],
  training: {
    steps: 320,
    batchSize: 16,
    accumulate: 1,
    learningRate: { adapter: 0.02, backbone: 1e-3, decoders: 5e-3 },
    warmupFraction: 0.05,
    finalFraction: 0.01,
    weightDecay: 0.05,
    clipNorm: 5,
    dropPath: 0,
    evaluateEvery: 80,
    seed: 0,
  },
  device: "auto",
};
