/**
 * Safetensors files that carry a SHA-256 of themselves, for what is written where a write may be cut short: a file is whole, or is known not
 * to be. The hash stands first in the metadata and is taken over the whole file with 64 zeros in its place.
 */
import { sha256 } from "../math/hash";
import { decodeUtf8, encodeUtf8 } from "../math/text";
import { readSafetensors, type SafetensorsFile, type StoredTensor, writeSafetensors } from "./safetensors";

const BEFORE_SEAL = encodeUtf8('{"__metadata__":{"sha256":"');
/** After the 8 bytes of the header's length. */
const SEAL_AT = 8 + BEFORE_SEAL.length;
const NO_SEAL = encodeUtf8("0".repeat(64));

const hasPlace = (bytes: Uint8Array): boolean =>
  bytes.length >= SEAL_AT + NO_SEAL.length && BEFORE_SEAL.every((byte, i) => bytes[8 + i] === byte);

/** @throws where a tensor is named by a whole number: JSON would write it before the seal. */
export function writeSealed(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const bytes = writeSafetensors(tensors, { sha256: decodeUtf8(NO_SEAL), ...metadata });
  if (!hasPlace(bytes))
    throw new Error(`A sealed file cannot hold tensors named by numbers; it got ${[...tensors.keys()].join(", ")}.`);
  bytes.set(encodeUtf8(sha256(bytes)), SEAL_AT);
  return bytes;
}

/** @throws where the file has no seal, or is not what was sealed. `bytes` are used meanwhile and are as before afterwards. */
export function readSealed(bytes: Uint8Array): SafetensorsFile {
  if (!hasPlace(bytes))
    throw new Error(`The file (${bytes.length} bytes) is cut off, or is not one of this program's.`);
  const seal = bytes.slice(SEAL_AT, SEAL_AT + NO_SEAL.length);
  bytes.set(NO_SEAL, SEAL_AT);
  const found = encodeUtf8(sha256(bytes));
  bytes.set(seal, SEAL_AT);
  if (!found.every((byte, i) => byte === seal[i]))
    throw new Error("The file is damaged: its content does not have the SHA-256 that it was written with.");
  return readSafetensors(bytes);
}
