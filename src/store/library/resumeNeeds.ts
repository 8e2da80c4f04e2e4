/** The user's own files that a stored run needs to resume and that are neither open nor stored. */
import type { OwnInput, RunInputs, RunSummary } from "../../contracts/runEvent";
import type { StudioState } from "../studio";

export interface Need extends OwnInput {
  readonly kind: keyof RunInputs;
}

const folders = { data: "data", weights: "backbones" } as const satisfies Record<keyof RunInputs, string>;

/** Of weights the page does not know the content: the session judges, and says so. */
const isOpen = ({ catalogue, weights }: StudioState, { kind, identity }: Need): boolean =>
  kind === "data" ? catalogue.opened?.entry.opened?.fingerprint === identity : weights.opened !== null;

/** Its id begins with the folder and the digits of the content. */
const isKept = ({ library }: StudioState, { kind, identity }: Need): boolean =>
  library.listed?.entries.some(
    ({ id, whole }) => whole && id.startsWith(`${folders[kind]}/`) && identity.startsWith(id.split("/")[1]!),
  ) === true;

/** Data before weights; empty where the run can go on at once. */
export function lackOf(state: StudioState, run: RunSummary): readonly Need[] {
  const { data = null, weights = null } = run.needs ?? {};
  const needs = [
    ...(data ? [{ kind: "data", ...data } as const] : []),
    ...(weights ? [{ kind: "weights", ...weights } as const] : []),
  ];
  return needs.filter((need) => !isOpen(state, need) && !isKept(state, need));
}
