/** A zip archive as a tree of files: its directory is read once, then each file when it is asked for. */
import type { ByteSource } from "../contracts/byteSource";
import { readZipDirectory, readZipEntry, type ZipEntry } from "../core/io/zip";
import { type FileTree, isJunk } from "./fileTree";

/** By its name. */
export const isZip = (path: string): boolean => /\.zip$/i.test(path);

/** What one image or label file may unpack to. */
const MAX_FILE_BYTES = 2 ** 28;

/** @throws where the archive is damaged, or has paths that lead out of it. What is packed too tightly is refused when it is read. */
export async function zipTree(source: ByteSource): Promise<FileTree> {
  const entries = new Map(
    (await readZipDirectory(source)).filter(({ name }) => !isJunk(name)).map((entry) => [entry.name, entry]),
  );
  const entryOf = (path: string): ZipEntry => {
    const entry = entries.get(path);
    if (!entry) throw new Error(`${path} is not in ${source.name}.`);
    return entry;
  };
  return {
    list: async () => [...entries.keys()],
    read: async (path) => readZipEntry(source, entryOf(path), MAX_FILE_BYTES),
    size: async (path) => entryOf(path).size,
  };
}
