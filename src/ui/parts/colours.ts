/** One colour for each task, the same in every chart, legend and table; the shared stream and the total are drawn in ink. */
import type { Catalogue } from "../../contracts/catalogue";

const COLOURS = 10;

export function streamColour(catalogue: Catalogue | null, id: string): string {
  const index = catalogue?.tasks.findIndex((task) => task.id === id) ?? -1;
  return index < 0 ? "var(--ink)" : `var(--task-${index % COLOURS})`;
}

export const streamLabel = (catalogue: Catalogue | null, id: string): string =>
  catalogue?.tasks.find((task) => task.id === id)?.label ?? (id === "shared" ? "Shared" : id);
