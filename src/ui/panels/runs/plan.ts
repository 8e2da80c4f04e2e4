/** What a form of the dialog of a new study makes. */
import type { RunConfig } from "../../../contracts/runConfig";

export interface Plan {
  readonly groups: readonly (readonly RunConfig[])[];
  /** Why it cannot be made yet, or what it will be. */
  readonly says: string;
}

/** What a form of the dialog is given. */
export interface FormProps {
  readonly config: RunConfig;
  readonly onPlan: (plan: Plan) => void;
}
