/**
 * The classes and functions that PyTorch's files may name, and what they stand for here. Nothing is run. Names outside of this list make
 * objects that stay shut (settings, optimisers), and names that reach into the system or the interpreter are refused, because only a file
 * that is made to harm has them.
 */
import type { FileDtype } from "./fileNumbers";
import { PickleGlobal, PickleObject } from "./pickle";
import { type TorchStorage, viewStorage } from "./torchTensor";

type Call = (args: readonly unknown[]) => unknown;

const storageDtypes: Readonly<Record<string, FileDtype>> = {
  DoubleStorage: "F64",
  FloatStorage: "F32",
  HalfStorage: "F16",
  BFloat16Storage: "BF16",
  LongStorage: "I64",
  IntStorage: "I32",
  ShortStorage: "I16",
  CharStorage: "I8",
  ByteStorage: "U8",
  BoolStorage: "BOOL",
  ComplexFloatStorage: "C64",
  ComplexDoubleStorage: "C128",
  UntypedStorage: "U8",
  _UntypedStorage: "U8",
};

/** Types that came without a storage of their own, by `torch._utils._rebuild_tensor_v3`. */
const lateDtypes: Readonly<Record<string, FileDtype>> = {
  "torch.float8_e4m3fn": "F8_E4M3",
  "torch.float8_e5m2": "F8_E5M2",
  "torch.uint16": "U16",
  "torch.uint32": "U32",
  "torch.uint64": "U64",
};

/** The type of the numbers in a storage of this class, or undefined where the name is not of a storage that can be read. */
export function storageDtype(global: unknown): FileDtype | undefined {
  if (!(global instanceof PickleGlobal)) return undefined;
  const [, name] = /^torch\.(?:cuda\.|storage\.)?(\w+)$/.exec(global.name) ?? [];
  return name !== undefined && Object.hasOwn(storageDtypes, name) ? storageDtypes[name] : undefined;
}

const firstArgument: Call = ([value]) => value;

/** One map for each list of pairs, however often a file asks for it. */
const mapsOfPairs = new WeakMap<readonly unknown[], Map<unknown, unknown>>();
const pairsToMap: Call = ([pairs]) => {
  if (!Array.isArray(pairs)) return new Map();
  const map = mapsOfPairs.get(pairs) ?? new Map(pairs.filter(Array.isArray).map(([key, value]) => [key, value]));
  mapsOfPairs.set(pairs, map);
  return map;
};

const calls: Readonly<Record<string, Call>> = {
  "collections.OrderedDict": pairsToMap,
  "collections.defaultdict": () => new Map(),
  "collections.Counter": ([counts]) => (counts instanceof Map ? counts : new Map()),
  "torch._utils._rebuild_tensor": ([storage, ...place]) => viewStorage(storage, place),
  "torch._utils._rebuild_tensor_v2": ([storage, ...place]) => viewStorage(storage, place),
  "torch._utils._rebuild_tensor_v3": ([storage, offset, shape, stride, , , dtype]) => {
    const name = dtype instanceof PickleGlobal ? dtype.name : "";
    if (!Object.hasOwn(lateDtypes, name))
      throw new Error(`A tensor of the file has the type ${name || "without a name"}, which cannot be read.`);
    return viewStorage({ ...(storage as TorchStorage), dtype: lateDtypes[name]! }, [offset, shape, stride]);
  },
  "torch._utils._rebuild_parameter": firstArgument,
  "torch._utils._rebuild_parameter_with_state": firstArgument,
  // (function, class, its arguments, state): a tensor of a class of its own.
  "torch._tensor._rebuild_from_type_v2": ([rebuild, , args]) => callGlobal(rebuild, Array.isArray(args) ? args : []),
  "torch.Size": firstArgument,
  "torch.device": firstArgument,
  "numpy.dtype": ([code]) => code,
  "numpy.core.multiarray.scalar": ([code, bytes]) => numpyScalar(code, bytes),
  "numpy._core.multiarray.scalar": ([code, bytes]) => numpyScalar(code, bytes),
  // How bytes are written by protocol 2, here those of NumPy's numbers.
  "_codecs.encode": ([text]) =>
    typeof text === "string" && text.length <= 8
      ? Uint8Array.from(text, (character) => character.charCodeAt(0))
      : undefined,
  "__builtin__.set": firstArgument,
  "builtins.set": firstArgument,
};

/** What calling a name gives: a value of the list above, or an object that stays shut. */
export function callGlobal(callable: unknown, args: readonly unknown[]): unknown {
  if (!(callable instanceof PickleGlobal)) return new PickleObject("a value that is no class");
  const call = Object.hasOwn(calls, callable.name) ? calls[callable.name] : undefined;
  const value = call ? call(args) : new PickleObject(callable.name);
  return value === undefined ? new PickleObject(callable.name) : value;
}

const numpyReaders: Readonly<Record<string, (view: DataView) => number>> = {
  f8: (view) => view.getFloat64(0, true),
  f4: (view) => view.getFloat32(0, true),
  i8: (view) => Number(view.getBigInt64(0, true)),
  i4: (view) => view.getInt32(0, true),
};

/** A number that NumPy made, as accuracies often are; undefined where it is of another type. */
function numpyScalar(code: unknown, bytes: unknown): number | undefined {
  if (typeof code !== "string" || !Object.hasOwn(numpyReaders, code) || !(bytes instanceof Uint8Array))
    return undefined;
  if (bytes.length !== Number(code[1])) return undefined;
  return numpyReaders[code]!(new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
}

/** Modules of the system and the interpreter. */
const REFUSED_MODULES = new Set(
  (
    "os posix nt sys subprocess importlib runpy pty socket shutil ctypes pickle _pickle cPickle marshal code codeop builtins __builtin__ " +
    "commands popen2 webbrowser ssl http urllib requests tempfile signal threading multiprocessing asyncio inspect gc pdb bdb timeit " +
    "cProfile profile doctest pip zipimport imp"
  ).split(" "),
);
/** What of the builtins settings and sets may name; none of these can reach anything. */
const HARMLESS_BUILTINS =
  /^(__builtin__|builtins)\.(set|frozenset|dict|list|tuple|int|long|float|complex|str|unicode|bytes|bytearray|bool|object|slice|range|xrange|type|Ellipsis|NotImplemented|[A-Z]\w*(Error|Exception|Warning))$/;

/** @throws where a file names what could only do harm. */
export function permitGlobal(name: string): PickleGlobal {
  const module = name.slice(0, Math.max(0, name.indexOf(".")));
  if (REFUSED_MODULES.has(module) && !HARMLESS_BUILTINS.test(name))
    throw new Error(
      `The file asks to call ${name.slice(0, 200)}, which has no place in a file of weights. Nothing was run. Do not load it elsewhere; ` +
        "get the weights from a source that you trust.",
    );
  return new PickleGlobal(name);
}
