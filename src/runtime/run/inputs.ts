/** Inputs of a run from the user's own files beside its data: weights and an adapter. The configuration says whether it starts from them. */
import type { OpenedAdapter } from "./prepare/openedAdapter";
import type { OpenedBackbone } from "./prepare/openedBackbone";

export interface Inputs {
  readonly weights?: OpenedBackbone;
  readonly adapter?: OpenedAdapter;
}
