import { cpabKind } from "./cpab";
import { ditaskKind } from "./ditask";
import type { CaseKind } from "./kind";
import { lossKind } from "./loss";
import { modelKind } from "./model";
import { mtloraKind } from "./mtlora";
import { optimiserKind } from "./optimiser";

/** Every kind of golden case. */
export const caseKinds: readonly CaseKind[] = [cpabKind, ditaskKind, mtloraKind, lossKind, modelKind, optimiserKind];
