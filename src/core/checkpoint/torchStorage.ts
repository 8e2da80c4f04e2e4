/** Ids of storages in the pickles of PyTorch's files, checked, and the handlers that such a pickle needs. */
import { fileDtypes } from "./fileNumbers";
import { PickleGlobal, type PickleHandlers } from "./pickle";
import { callGlobal, permitGlobal, storageDtype } from "./torchGlobals";
import type { TorchStorage } from "./torchTensor";

const MAX_KEY = 100;

/** ("storage", class, key, device, numbers[, (key of the part, first number, numbers)]) → the storage, or the part of it. */
export function readStorageId(id: unknown): TorchStorage {
  const [kind, type, key, , count, part] = Array.isArray(id) ? id : [];
  const dtype = storageDtype(type);
  if (kind !== "storage" || typeof key !== "string" || key.length > MAX_KEY)
    throw new Error("The pickle asks for an object outside of it that is no storage. The file is damaged.");
  if (!dtype)
    throw new Error(
      `Storage ${key} is of the class ${nameOf(type)}, which cannot be read. Save the weights as plain tensors.`,
    );
  const [, first, length] = Array.isArray(part) ? part : [key, 0, count];
  const width = fileDtypes[dtype].bytes;
  const isPart = [count, first, length].every((number) => Number.isSafeInteger(number) && number >= 0);
  if (!isPart || first + length > count)
    throw new Error(`Storage ${key} has sizes that are no whole numbers or do not fit. The file is damaged.`);
  return { kind: "storage", key, dtype, bytes: length * width, start: first * width };
}

const nameOf = (type: unknown): string => (type instanceof PickleGlobal ? type.name.slice(0, 200) : "without a name");

/** Handlers for a pickle whose ids `persistent` resolves. */
export const torchHandlers = (persistent: (id: unknown) => unknown): PickleHandlers => ({
  global: permitGlobal,
  call: callGlobal,
  persistent,
});

/** For pickles of plain numbers and lists, which have nothing outside of them. */
export const plainHandlers = torchHandlers(() => {
  throw new Error("A part of the file that should hold plain numbers asks for a storage. The file is damaged.");
});

/** ("module", class, source file, source), as old files name the classes of whole models → the class's name. */
export const readModuleId = (id: unknown): PickleGlobal | undefined =>
  Array.isArray(id) && id[0] === "module" && id[1] instanceof PickleGlobal ? id[1] : undefined;

/** A key of a file as text. Lists are not spelt out: one of them can stand for more text than there is memory. */
export const keyText = (key: unknown): string =>
  typeof key === "object" && key !== null ? "a value that is no key" : String(key).slice(0, MAX_KEY);
