/** All layouts, and the way to open files of any of them. */
import type { FileOptions } from "../../contracts/dataOrigin";
import { commonFolder, type FileTree, subtree, withoutJunk } from "../fileTree";
import type { Watch } from "../watch";
import { cityscapes } from "./cityscapes";
import type { Layout, OpenedData } from "./layout";
import { mtan } from "./mtan";
import { nyudMt } from "./nyudMt";
import { pascalMt } from "./pascalMt";
import { plain } from "./plain";
import { taskonomy } from "./taskonomy";

export type { Contents, FileNote, Layout, OpenedData } from "./layout";

/** In the order in which they are tried. */
export const layouts = [pascalMt, nyudMt, cityscapes, taskonomy, mtan, plain] as const satisfies readonly Layout[];

const MAX_FOLDERS_AROUND = 32;

/**
 * Opens a data set. Folders around it are looked through: a dropped folder or an archive often has one more than needed.
 * `watch` is told of labels that are read to count their classes.
 * @throws where no layout fits, or the fitting one cannot be read.
 */
export async function openData(files: FileTree, options: FileOptions, watch: Watch = {}): Promise<OpenedData> {
  const candidates = chosenLayouts(options.layout ?? "auto");
  const whole = withoutJunk(files);
  const allPaths = await whole.list();
  let around = "";
  for (let depth = 0; depth <= MAX_FOLDERS_AROUND; depth++) {
    const tree = subtree(whole, around);
    const paths = await tree.list();
    for (const layout of candidates) {
      const seen = layout.recognise(paths);
      if (seen !== undefined) return { ...(await layout.open(tree, options, watch)), layout: layout.id, seen };
    }
    const folder = commonFolder(paths);
    if (!folder) break;
    around += folder;
  }
  throw unknownLayout(candidates, allPaths, options.name);
}

function chosenLayouts(id: string): readonly Layout[] {
  if (id === "auto") return layouts;
  const chosen = layouts.filter((layout) => layout.id === id);
  if (chosen.length > 0) return chosen;
  throw new Error(`The layout "${id}" is unknown; known: auto, ${layouts.map((layout) => layout.id).join(", ")}.`);
}

function unknownLayout(candidates: readonly Layout[], paths: readonly string[], name: string): Error {
  const expected = candidates.map(({ id, description }) => `${id}: ${description}`).join(" Or: ");
  const found =
    paths.length === 0
      ? "no files"
      : `${paths.length} files, such as ${paths
          .slice(0, 3)
          .map((path) => path.slice(0, 200))
          .join(", ")}`;
  return new Error(
    `${name} is not a data set in ${candidates.length > 1 ? "a known layout" : "this layout"}. Expected: ${expected} Found: ${found}.`,
  );
}
