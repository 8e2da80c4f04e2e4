/** Names a data set by its content, however it comes: as a folder, in an archive, from the library. */
import { Sha256 } from "../core/math/hash";
import { encodeUtf8 } from "../core/math/text";
import type { FileTree } from "./fileTree";

/** Files whose bytes count; of the others their paths do. All would take as long as training. */
const FILES_READ = 8;

/** SHA-256 over all paths in order, and over the bytes of a few files spread among them. */
export async function fingerprint(tree: FileTree): Promise<string> {
  const paths = [...(await tree.list())].sort();
  const hash = new Sha256().add(encodeUtf8(paths.join("\n")));
  const stride = Math.max(1, Math.ceil(paths.length / FILES_READ));
  for (let i = 0; i < paths.length; i += stride) hash.add(await tree.read(paths[i]!));
  return hash.digest();
}
