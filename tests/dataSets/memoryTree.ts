/** Files in memory as a folder. */
import type { FileTree } from "../../src/data/fileTree";

export function memoryTree(files: Readonly<Record<string, Uint8Array>>): FileTree {
  const byPath = new Map(Object.entries(files));
  return {
    list: async () => [...byPath.keys()],
    read: async (path) => {
      const bytes = byPath.get(path);
      if (!bytes) throw new Error(`There is no file ${path}.`);
      return bytes;
    },
  };
}
