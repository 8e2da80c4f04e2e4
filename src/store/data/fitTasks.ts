/** The tasks that a data source has labels for. */
import type { Catalogue } from "../../contracts/catalogue";
import type { RunConfig, TaskId } from "../../contracts/runConfig";
import { withOwnTasks } from "../setup/ownTasks";

/** Tasks that the source has labels for, the run's own among them; none where the source is unknown. */
export function labelledTasks(known: Catalogue, config: RunConfig, source = config.data.source): readonly TaskId[] {
  const catalogue = withOwnTasks(known, config.customTasks);
  const labelled = catalogue.data.find(({ id }) => id === source)?.tasks ?? [];
  return catalogue.tasks.map(({ id }) => id).filter((id) => labelled.includes(id));
}

/** The chosen tasks that the source has labels for; all of the source's where none is left; the chosen ones where it has none. */
export function fittingTasks(known: Catalogue, config: RunConfig, source = config.data.source): TaskId[] {
  const labelled = labelledTasks(known, config, source);
  const kept = config.tasks.filter((task) => labelled.includes(task));
  if (kept.length > 0) return kept;
  return labelled.length > 0 ? [...labelled] : config.tasks;
}
