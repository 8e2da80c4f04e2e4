/** All layouts, and the way to open files of any of them. */
import { commonFolder, type FileTree, subtree, withoutJunk } from "../fileTree";
import type { Layout, OpenedData, OpenOptions } from "./layout";
import { plain } from "./plain";

export type { FileNote, Layout, OpenedData, OpenOptions } from "./layout";

/** In the order in which they are tried. */
export const layouts = [plain] as const satisfies readonly Layout[];

/**
 * Opens a data set. Folders around it are looked through: a dropped folder or an archive often has one more than needed.
 * @throws where no layout fits, or the fitting one cannot be read.
 */
export async function openData(files: FileTree, options: OpenOptions): Promise<OpenedData> {
  let tree = withoutJunk(files);
  const allPaths = await tree.list();
  for (;;) {
    const paths = await tree.list();
    const layout = layouts.find((candidate) => candidate.matches(paths));
    if (layout) return layout.open(tree, options);
    const folder = commonFolder(paths);
    if (!folder) throw unknownLayout(allPaths, options.name);
    tree = subtree(tree, folder);
  }
}

function unknownLayout(paths: readonly string[], name: string): Error {
  const expected = layouts.map((layout) => layout.description).join(" Or: ");
  const found = paths.length === 0 ? "no files" : `${paths.length} files, such as ${paths.slice(0, 3).join(", ")}`;
  return new Error(`${name} is not a data set in a known layout. Expected: ${expected} Found: ${found}.`);
}
