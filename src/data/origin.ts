/** Opens a data set from what a `DataOrigin` says of it. */
import type { DataOrigin, FolderFile } from "../contracts/dataOrigin";
import type { DataSource } from "../contracts/sample";
import type { FileTree } from "./fileTree";
import { openData } from "./layouts";
import { scenesSource } from "./scenes";

/** Finds the files of a place, as the platform does. */
export type OpenTree = (place: readonly FolderFile[] | string) => Promise<FileTree>;

/** @throws where the files are gone, or are no data set any more. */
export async function openOrigin(origin: DataOrigin, openTree: OpenTree): Promise<DataSource> {
  if (origin.kind === "scenes") return scenesSource(origin.options);
  const { source } = await openData(await openTree(origin.place), origin.options);
  return origin.own.length > 0 && source.withTasks ? source.withTasks(origin.own) : source;
}
