/** What the run says of the first validation images: as pictures, and as numbers for other programs. */
import { pictureFiles } from "../../run/artefacts";
import { predictionPictures } from "../pictures/pictures";
import { BINARY, type ExportedFile, type Exporter } from "./export";

/** NumPy's NPY format, version 1.0 (numpy.lib.format): little-endian float32 in C order; the header fills up to 64 bytes. */
export function npyFile(shape: readonly number[], data: Float32Array): Uint8Array {
  const size = shape.reduce((n, d) => n * d, 1);
  if (size !== data.length) throw new Error(`An array of [${shape}] needs ${size} numbers; ${data.length} came.`);
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': ${tuple}, }`;
  const preamble = 10;
  const padded = Math.ceil((preamble + text.length + 1) / 64) * 64 - preamble;
  const file = new Uint8Array(preamble + padded + data.byteLength);
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, padded & 255, padded >> 8]);
  file.set(new TextEncoder().encode(`${text.padEnd(padded - 1)}\n`), preamble);
  file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), preamble + padded);
  return file;
}

export const predictions: Exporter = {
  label: "Predictions (PNG and NPY)",
  help: "Pictures of the first validation images, and the raw outputs [B, S, S, c] of the first batch.",
  files: async ({ run }) => {
    const { batches, model } = run.parts;
    const pictures = pictureFiles(predictionPictures(run.parts, await run.predictions())).map(
      ({ name, bytes }): ExportedFile => ({ path: `predictions/${name}`, mime: "image/png", bytes }),
    );
    const batch = await batches.evalBatch("val", 0);
    const found = await run.predict(batch);
    const count = batch.ids.length;
    const side = batch.imageSize;
    const arrays = model.tasks.map(({ id, channels }): ExportedFile => {
      const data = found[id]!.subarray(0, count * side * side * channels);
      return { path: `predictions/${id}.npy`, mime: BINARY, bytes: npyFile([count, side, side, channels], data) };
    });
    return [...pictures, ...arrays];
  },
};
