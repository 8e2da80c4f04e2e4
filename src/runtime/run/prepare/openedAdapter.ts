/** An exported adapter from the user's own files: read whole, checked by itself, and compared with the backbone that is there. */
import type { AdapterReport } from "../../../contracts/adapterReport";
import type { ByteSource } from "../../../contracts/byteSource";
import type { AdapterRef } from "../../../contracts/runConfig";
import { ADAPTER_FORMAT, type AdapterFile, parseAdapterFile } from "../../../core/checkpoint/adapterFile";
import { openSafetensors } from "../../../core/checkpoint/safetensorsSource";
import { bytesSource, joined, piecesOf } from "../../../core/io/bytes";
import { readZipDirectory, readZipEntry } from "../../../core/io/zip";
import { sha256 } from "../../../core/math/hash";
import { decodeUtf8 } from "../../../core/math/text";
import type { Platform } from "../../platform/platform";
import { FILE_BACKBONE, type OpenedBackbone } from "./openedBackbone";
import { startingPoints } from "./startingPoints";
import { backboneHash } from "./startingWeights";

export interface OpenedAdapter extends AdapterFile {
  readonly ref: AdapterRef;
  readonly numbers: number;
  /** The file of tensors, as it is kept in a library. */
  readonly source: ByteSource;
}

const MODEL_FILE = /(^|\/)adapter_model\.safetensors$/;
const CONFIG_FILE = /(^|\/)adapter_config\.json$/;
const MAX_CONFIG_BYTES = 16_000_000;

const isZip = ({ name }: ByteSource): boolean => /\.zip$/i.test(name);

/** Whether files are an adapter rather than weights of a backbone: by their names, or by what one file says of itself. */
export async function holdsAdapter(sources: readonly ByteSource[]): Promise<boolean> {
  if (sources.some(({ name }) => MODEL_FILE.test(name) || CONFIG_FILE.test(name))) return true;
  const [only] = sources;
  if (sources.length !== 1 || !only) return false;
  try {
    if (isZip(only)) return (await readZipDirectory(only)).some(({ name }) => MODEL_FILE.test(name));
    return /\.safetensors$/i.test(only.name) && (await openSafetensors(only)).metadata["format"] === ADAPTER_FORMAT;
  } catch {
    // What is wrong with it is said by whoever opens it as weights.
    return false;
  }
}

/**
 * @param sources adapter_model.safetensors under any name, with or without adapter_config.json; or a zip that holds them.
 * @throws where there is none, it is damaged or another program's, or the two files are not of one export; nothing that was opened is lost.
 */
export async function openAdapter(sources: readonly ByteSource[]): Promise<OpenedAdapter> {
  const files = sources.length === 1 && isZip(sources[0]!) ? await unpacked(sources[0]!) : sources;
  const models = files.filter(({ name }) => !name.endsWith(".json"));
  const config = files.find(({ name }) => CONFIG_FILE.test(name));
  const [source] = models;
  if (!source || models.length > 1)
    throw new Error(
      `An adapter is one file adapter_model.safetensors, with adapter_config.json beside it or without; ${models.length} such files came ` +
        `(${sources.map(({ name }) => name).join(", ")}). Choose the one to start from.`,
    );
  const bytes = joined(await allPieces(source));
  const file = named(source.name, () => parseAdapterFile(bytes));
  if (config) checkConfig(file, await readConfig(config));
  const numbers = [...file.tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
  const name = sources.length === 1 ? sources[0]!.name : source.name;
  // A source of its own: the file may be closed or gone when a library asks for it.
  return { ...file, ref: { name, sha256: sha256(bytes) }, numbers, source: bytesSource(source.name, bytes) };
}

async function allPieces(source: ByteSource): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of piecesOf(source)) pieces.push(piece);
  return pieces;
}

/** Both files of an adapter within an archive, wherever they lie in it. */
async function unpacked(archive: ByteSource): Promise<readonly ByteSource[]> {
  const wanted = (await readZipDirectory(archive)).filter(
    ({ name }) => MODEL_FILE.test(name) || CONFIG_FILE.test(name),
  );
  return Promise.all(
    wanted.map(async (entry) => bytesSource(entry.name.replace(/^.*\//, ""), await readZipEntry(archive, entry))),
  );
}

function named<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new Error(`${file}: ${(cause as Error).message}`, { cause });
  }
}

async function readConfig(source: ByteSource): Promise<unknown> {
  if (source.size > MAX_CONFIG_BYTES)
    throw new Error(
      `${source.name} has ${source.size} bytes; at most ${MAX_CONFIG_BYTES} are read. It is another file.`,
    );
  const bytes = await source.read(0, source.size);
  return named(source.name, () => JSON.parse(decodeUtf8(bytes)) as unknown);
}

/** The file of tensors says all that is needed; what stands beside it must not say something else. */
function checkConfig({ base }: AdapterFile, config: unknown): void {
  const said = (config as { base_model_sha256?: unknown } | null)?.base_model_sha256;
  if (said === base.sha256) return;
  throw new Error(
    `adapter_config.json says that the adapter belongs to the base ${String(said)}, but adapter_model.safetensors says ${base.sha256}: ` +
      "the two are not of one export. Choose both from the same folder, or the second alone.",
  );
}

/** Compares an adapter with the backbones that are there, the user's own first; reads their parameters. */
export async function reportAdapter(
  opened: OpenedAdapter,
  weights: OpenedBackbone | undefined,
  assets: Pick<Platform, "readAsset">,
): Promise<AdapterReport> {
  const { ref, config, numbers, base } = opened;
  const told = { ref, config, numbers, base };
  const candidates = [
    ...(weights ? [FILE_BACKBONE] : []),
    ...(startingPoints.some(({ id }) => id === config.backbone) ? [config.backbone] : []),
  ];
  const found: NonNullable<AdapterReport["found"]>[] = [];
  for (const backbone of candidates) {
    const label = backbone === FILE_BACKBONE ? weights!.name : backbone;
    const sha256 = await hashOrProblem(() => backboneHash({ ...config, backbone }, weights, assets));
    found.push({ backbone, label, sha256 });
    if (sha256 === base.sha256) return { ...told, found: found.at(-1)!, problem: "" };
  }
  const [nearest = null] = found;
  return { ...told, found: nearest, problem: nearest ? anotherBase(opened, nearest) : noBase(opened) };
}

async function hashOrProblem(hash: () => Promise<string>): Promise<string> {
  try {
    return await hash();
  } catch (error) {
    return `none: ${(error as Error).message}`;
  }
}

const noBase = ({ ref, base }: OpenedAdapter): string =>
  `${ref.name} belongs to the backbone ${base.label} with the SHA-256 ${base.sha256}, which is not open. Open it first.`;

/** The sentence that refuses a base; `found`: what it is called, and its hash. */
export const anotherBase = (
  { ref, base }: Pick<OpenedAdapter, "ref" | "base">,
  found: { readonly label: string; readonly sha256: string },
): string =>
  `${ref.name} belongs to the backbone ${base.label} with the SHA-256 ${base.sha256} (its metadata), but the backbone of this run, ` +
  `${found.label}, has ${found.sha256} (computed from its parameters). Open the backbone that the adapter was trained on, or start without the adapter.`;
