/** A name for a data set by its content, so that it is known again as a folder, as an archive and after a visit. */
import { sha256 } from "../../core/math/hash";
import { encodeUtf8 } from "../../core/math/text";
import type { FileTree } from "../fileTree";

/** Files, spread over all, whose sizes and first bytes are taken. */
const FILES_READ = 16;
const FIRST_BYTES = 4096;

/** SHA-256 of the paths in order and of a few files' sizes and beginnings. A file that cannot be read counts by its path. */
export async function fingerprint(tree: FileTree): Promise<string> {
  // Systems differ in how they write an accented letter.
  const paths = [...(await tree.list())].map((path) => ({ path, name: path.normalize("NFC") }));
  paths.sort((a, b) => (a.name < b.name ? -1 : 1));
  const lines = paths.map(({ name }) => name);
  const count = Math.min(FILES_READ, paths.length);
  for (let i = 0; i < count; i++) {
    const { path, name } = paths[Math.floor((i * paths.length) / count)]!;
    const bytes = await tree.read(path).catch(() => new Uint8Array());
    lines.push(`${name} ${bytes.length} ${sha256(bytes.subarray(0, FIRST_BYTES))}`);
  }
  return sha256(encodeUtf8(lines.join("\n")));
}
