/** Fields that were renamed, by their dotted paths: today's name stands for the old one in run files, links and `--set`. */
export const renamedPaths: Readonly<Record<string, string>> = {
  head: "decoder",
  "method.free": "method.unfreeze",
  "training.learningRate.adapter": "training.learningRate.method",
  "data.readings": "data.labelEncodings",
  "data.augment.flip": "data.augment.horizontalFlip",
  "data.augment.shift": "data.augment.cropShift",
  "data.augment.jitter": "data.augment.colourJitter",
  "data.augment.rotateDegrees": "data.augment.rotationDegrees",
};

/** The path of today of a field, or of a part of one, that may go by an old name. */
export function currentPath(path: string): string {
  const old = Object.keys(renamedPaths).find((from) => path === from || path.startsWith(`${from}.`));
  return old === undefined ? path : renamedPaths[old] + path.slice(old.length);
}
