/** Sorts the paths of a data set by patterns: which file is the image or a label of which sample. */
import type { FileNote } from "./layout";

export interface Rule {
  /** What the files are: "image", a task's id, or another name of the layout's own. */
  readonly of: string;
  /** Its group "id" is the sample's, behind "split/" where there is a group of that name. Of several rules for the same thing the first that has a file wins. */
  readonly pattern: RegExp;
}

/** Paths by sample id. */
export type Paths = ReadonlyMap<string, string>;

export interface Collected {
  of(name: string): Paths;
  /** Paths that no rule knows. */
  readonly rest: readonly string[];
}

export function collect(paths: readonly string[], rules: readonly Rule[], report: FileNote[]): Collected {
  const found = new Map<string, Map<string, string>>();
  const known = new Set<string>();
  for (const { of, pattern } of rules) {
    const files = found.get(of) ?? new Map<string, string>();
    found.set(of, files);
    for (const path of paths) {
      const { id: name, split } = (known.has(path) ? undefined : pattern.exec(path)?.groups) ?? {};
      if (name === undefined) continue;
      const id = split === undefined ? name : `${split}/${name}`;
      known.add(path);
      if (files.has(id)) report.push({ path, reason: `is not used, as ${files.get(id)} is there for the same image` });
      else files.set(id, path);
    }
  }
  return { of: (name) => found.get(name) ?? new Map(), rest: paths.filter((path) => !known.has(path)) };
}

/** Groups of more files than this get one note together. */
const MOST_NOTES = 20;

/** Notes of files that take no part, one each or, where there are many of a kind, one for all of a folder and ending. */
export function noteRest(paths: readonly string[], reason: string, report: FileNote[]): void {
  const groups = new Map<string, string[]>();
  for (const path of paths) {
    const folder = path.includes("/") ? `${path.split("/")[0]}/…/` : "";
    const kind = `${folder}*${endingOf(path)}`;
    const group = groups.get(kind);
    if (group) group.push(path);
    else groups.set(kind, [path]);
  }
  for (const [kind, members] of groups) {
    if (members.length > MOST_NOTES) report.push({ path: kind, reason: `${members.length} files: each ${reason}` });
    else for (const path of members) report.push({ path, reason });
  }
}

/** "frame_000012_left.png" → "_left.png": what names of one kind end alike in. */
function endingOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  if (dot < 0) return "";
  let start = dot;
  while (start > 0 && /[^.\d]/.test(name[start - 1]!)) start--;
  return name.slice(start);
}

/**
 * Ids of images that have a label, in order; the others, and labels without an image, are reported.
 * @throws where fewer than two are left.
 */
export function labelledIds(images: Paths, labels: readonly Paths[], layout: string, report: FileNote[]): string[] {
  for (const paths of labels)
    for (const [id, path] of paths) if (!images.has(id)) report.push({ path, reason: `has no image ${id}` });
  const ids = [...images.keys()].filter((id) => labels.some((paths) => paths.has(id)));
  const labelled = new Set(ids);
  for (const [id, path] of images) if (!labelled.has(id)) report.push({ path, reason: "has no label of any task" });
  if (ids.length >= 2) return ids;
  throw new Error(
    `The layout ${layout} needs at least two images with labels, but ${ids.length} of ${images.size} images have one.`,
  );
}

/** The same paths without those of samples that have no image. */
export const withImage = (paths: Paths, images: Paths): Paths => new Map([...paths].filter(([id]) => images.has(id)));
