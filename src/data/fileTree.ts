/** A folder of files, wherever it lies: on disk, dropped on the page, in an archive. Paths are relative, with "/" between parts. */
export interface FileTree {
  list(): Promise<readonly string[]>;
  /** @throws where the file is missing or unreadable. */
  read(path: string): Promise<Uint8Array>;
  /** Bytes of a listed file, where that is known without reading it. */
  size?(path: string): Promise<number>;
}

/** Bytes of all files; undefined where the tree does not know. */
export async function totalBytes(tree: FileTree): Promise<number | undefined> {
  if (!tree.size) return undefined;
  let sum = 0;
  for (const path of await tree.list()) sum += await tree.size(path);
  return sum;
}

/** Files that operating systems and archivers leave behind. */
const JUNK_NAMES = new Set([".ds_store", "thumbs.db", "desktop.ini", "__macosx", ".git"]);

/** Whether any part of the path is of that kind; names that begin with "._" are macOS's shadow files. */
export function isJunk(path: string): boolean {
  return path.split("/").some((part) => JUNK_NAMES.has(part.toLowerCase()) || part.startsWith("._"));
}

/** The same tree without junk, with paths in order, so that nothing hangs on the order in which a platform lists files. */
export function withoutJunk(tree: FileTree): FileTree {
  return { ...tree, list: async () => (await tree.list()).filter((path) => !isJunk(path)).sort() };
}

/** The folder that holds all of these paths, with its "/", or undefined where there is none. */
export function commonFolder(paths: readonly string[]): string | undefined {
  const slash = paths[0]?.indexOf("/") ?? -1;
  if (slash < 0) return undefined;
  const folder = paths[0]!.slice(0, slash + 1);
  return paths.every((path) => path.startsWith(folder)) ? folder : undefined;
}

/** The tree seen from one of its folders (given with its "/"). */
export function subtree(tree: FileTree, folder: string): FileTree {
  const { size } = tree;
  return {
    ...(size && { size: (path) => size(folder + path) }),
    list: async () =>
      (await tree.list()).filter((path) => path.startsWith(folder)).map((path) => path.slice(folder.length)),
    read: (path) => tree.read(folder + path),
  };
}

/** "images/a/b.jpg" → folder "images", stem "a/b", extension "jpg" (lower case); folder "" for a file at the top. */
export function splitPath(path: string): { folder: string; stem: string; extension: string } {
  const slash = path.indexOf("/");
  const rest = path.slice(slash + 1);
  const dot = rest.lastIndexOf(".");
  const hasExtension = dot > rest.lastIndexOf("/") + 1;
  return {
    folder: slash < 0 ? "" : path.slice(0, slash),
    stem: hasExtension ? rest.slice(0, dot) : rest,
    extension: hasExtension ? rest.slice(dot + 1).toLowerCase() : "",
  };
}
