/** Classification of dropped or chosen files: weights, a data set, a run, or none that can be told. */
import type { FolderFile } from "../../../contracts/dataOrigin";
import { fileNames } from "../../../store/weights/weightsSlice";
import type { Folder } from "../setup/folder";

export type Understood =
  | { readonly kind: "weights"; readonly files: readonly FolderFile[] }
  | { readonly kind: "data"; readonly folder: Folder }
  | { readonly kind: "run"; readonly files: readonly FolderFile[] }
  /** A run file without what the run told: its settings, as far as its name goes. */
  | { readonly kind: "run-file"; readonly file: FolderFile }
  /** A sentence that says what came and what to do. */
  | { readonly kind: "unclear"; readonly why: string };

const WEIGHTS = /\.(safetensors|pth|pt|bin|ckpt)$/i;
const INDEX = /\.index\.json$/i;
const SHARD = /-\d+-of-\d+\.[^./]+$/;
const ARCHIVE = /\.zip$/i;
/** What an exported adapter consists of: expected outputs and a loader for Python lie beside them and are not needed. */
const ADAPTER = /(^|\/)adapter_(model\.safetensors|config\.json)$/;
/** Files of pictures and labels: a folder that has any is a data set, whatever else lies in it. */
const DATA = /\.(png|jpe?g|webp|npy|mat)$/i;
/** What a run's folder is known by: its run file, or the record beside it. */
const RUN = /(^|\/)(run\.json|record\.bin)$/;
/** What of a run's folder tells of it: predictions and exports beside it are made anew. */
const OF_RUN =
  /(^|\/)(run\.json|metrics\.json|record\.bin|(checkpoint|best)\/[^/]+|[^/]*checkpoint[^/]*\.safetensors)$/;
/** Where in a run's folder a file lies: a headless run has its record beside its checkpoints. */
const PLACE = /(checkpoint\/)?[^/]*$/;
/** What systems leave beside a person's files. */
const JUNK = /(^|\/)(\.[^/]*|__MACOSX|Thumbs\.db|desktop\.ini)(\/|$)/i;

/** Endings of files that may hold weights, for a file dialog. */
export const weightsAccept = ".safetensors,.pth,.pt,.bin,.ckpt,.json,.zip";

const unclear = (why: string): Understood => ({ kind: "unclear", why });

const MOST_NAMES = 3;

const named = (files: readonly FolderFile[]): string =>
  fileNames(
    files.map(({ path }) => path),
    MOST_NAMES,
  );

/** The names in an archive stand in its directory, at its end; those of an export are few. */
const DIRECTORY_BYTES = 2 ** 16;

/** The header of a checkpoint says what it is. */
const HEADER_BYTES = 2 ** 16;
const CHECKPOINT = "ditask-checkpoint";

/** What the bytes say where the names could be meant either way: a checkpoint is a run, an archive of an adapter is weights. */
export async function understandBytes(meant: Understood): Promise<Understood> {
  return meant.kind === "weights" ? understandCheckpoint(meant) : understandArchive(meant);
}

async function understandCheckpoint(meant: Extract<Understood, { kind: "weights" }>): Promise<Understood> {
  const [only, ...others] = meant.files;
  if (!only || others.length > 0 || !/\.safetensors$/i.test(only.path)) return meant;
  const header = await only.file
    .slice(0, HEADER_BYTES)
    .text()
    .catch(() => "");
  return header.includes(CHECKPOINT) ? { kind: "run", files: meant.files } : meant;
}

/** An archive that the studio saved an adapter in is weights, though archives are data; all else is as it was understood. */
async function understandArchive(meant: Understood): Promise<Understood> {
  const [only, ...others] = meant.kind === "data" ? meant.folder.files : [];
  if (!only || others.length > 0 || !ARCHIVE.test(only.path)) return meant;
  const { file } = only;
  // Whoever opens a file that cannot be read says so.
  const end = await file
    .slice(Math.max(0, file.size - DIRECTORY_BYTES))
    .text()
    .catch(() => "");
  return end.includes("adapter_model.safetensors") ? { kind: "weights", files: [only] } : meant;
}

export function understand({ name, files: all }: Folder): Understood {
  const files = all.filter(({ path }) => !JUNK.test(path));
  if (files.length === 0)
    return unclear("There are no files in what was given. Choose a folder with images/ in it, or a file of weights.");
  if (files.some(({ path }) => RUN.test(path))) return understandRun(files);
  const adapter = files.filter(({ path }) => ADAPTER.test(path));
  if (adapter.length > 0 && !files.some(({ path }) => DATA.test(path))) return understandAdapter(adapter);
  const [only, ...others] = files;
  // The only JSON file that is of use alone, by whatever name.
  if (only && others.length === 0 && isJson(only)) return { kind: "run-file", file: only };
  const weights = files.filter(({ path }) => WEIGHTS.test(path) || INDEX.test(path));
  const data = files.filter(({ path }) => DATA.test(path) || ARCHIVE.test(path));
  if (weights.length === 0) return understandData(name, files, data);
  if (data.length === 0) return understandWeights(weights);
  // One folder with pictures is a data set, though a stray checkpoint lies in it; loose files could be meant either way.
  if (files.every(({ path }) => path.includes("/"))) return { kind: "data", folder: { name, files } };
  return unclear(`${named(weights)} looks like weights, ${named(data)} like data. Drop them one after the other.`);
}

/** One run's files; several are opened one after the other. A run file without what the run told is its settings. */
function understandRun(all: readonly FolderFile[]): Understood {
  const runs = new Set(all.filter(({ path }) => RUN.test(path)).map(({ path }) => path.replace(PLACE, "")));
  if (runs.size > 1) return unclear(`There are ${runs.size} runs in what was given. Drop the folder of one at a time.`);
  const files = all.filter(({ path }) => OF_RUN.test(path));
  const [only, ...others] = files;
  return only && others.length === 0 && isJson(only) ? { kind: "run-file", file: only } : { kind: "run", files };
}

const isJson = ({ path }: FolderFile): boolean => /\.json$/i.test(path) && !INDEX.test(path);

/** Its two files, or the one with the numbers. Several are several runs' work. */
function understandAdapter(files: readonly FolderFile[]): Understood {
  const models = files.filter(({ path }) => path.endsWith(".safetensors"));
  if (models.length === 1) return { kind: "weights", files };
  return unclear(
    models.length === 0
      ? "adapter_config.json came without adapter_model.safetensors. Drop both, or the folder or zip that they are in."
      : `${models.map(({ path }) => path).join(", ")} are several adapters. Drop the one to start from.`,
  );
}

function understandData(name: string, files: readonly FolderFile[], data: readonly FolderFile[]): Understood {
  const archives = data.filter(({ path }) => ARCHIVE.test(path) && !path.includes("/"));
  if (archives.length > 1)
    return unclear(`${named(archives)} are several archives. Drop one at a time: a data set is one folder or one zip.`);
  if (archives.length === 1 && data.length > 1)
    return unclear(`${named(archives)} was dropped together with other files. Drop the archive alone.`);
  if (data.length === 0 && !files.some(({ path }) => path.includes("/")))
    return unclear(
      `${named(files)} is neither weights (.safetensors, .pth, .pt, .bin) nor a folder or zip of images and labels, nor a run file (.json).`,
    );
  return { kind: "data", folder: { name, files } };
}

/** One file, or shards of one set, with or without their index. */
function understandWeights(weights: readonly FolderFile[]): Understood {
  const wholes = weights.filter(({ path }) => !INDEX.test(path) && !SHARD.test(path));
  const shards = weights.filter(({ path }) => SHARD.test(path));
  const indices = weights.filter(({ path }) => INDEX.test(path));
  if (wholes.length > 1)
    return unclear(
      `${named(wholes)} are several files of weights. Drop the one to start from, or all shards of one set.`,
    );
  if (wholes.length === 1 && shards.length + indices.length > 0)
    return unclear(`${named(wholes)} came together with the shards of a set. Drop either the one or the others.`);
  if (wholes.length + shards.length === 0)
    return unclear(`${named(indices)} is an index without its files. Drop it together with the shards that it names.`);
  return { kind: "weights", files: weights };
}
