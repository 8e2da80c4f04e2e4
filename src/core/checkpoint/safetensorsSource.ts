/** A safetensors file opened piece by piece: its header at once, each tensor when it is asked for. */
import type { ByteSource } from "../../contracts/byteSource";
import { fileDtypes, readNumbers } from "./fileNumbers";
import { headerLength, LENGTH_BYTES, parseHeader } from "./safetensorsHeader";
import type { FileTensor, WeightsFile } from "./weightsFile";

/** @throws where the header or an entry breaks the format: cut file, unknown type, sizes, gaps or overlaps that do not fit. */
export async function openSafetensors(source: ByteSource): Promise<WeightsFile> {
  const start = await source.read(0, Math.min(LENGTH_BYTES, source.size));
  const length = headerLength(start, source.size);
  const dataStart = LENGTH_BYTES + length;
  const text = await source.read(LENGTH_BYTES, length);
  const { entries, metadata } = parseHeader(text, source.size - dataStart, fileDtypes);
  const tensors = entries.map(({ name, dtype, shape, begin, end }): readonly [string, FileTensor] => {
    const place = { dtype, offset: dataStart + begin, count: (end - begin) / fileDtypes[dtype].bytes };
    return [name, { dtype, shape, read: () => readNumbers(source, place) }];
  });
  return { format: "safetensors", tensors: new Map(tensors), metadata, notes: [] };
}
