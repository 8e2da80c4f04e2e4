/** Models whose attention meets more tokens than windows hold: class tokens, prompts, task streams that leave them behind. */
import type { ModelSpec } from "../../src/core/model/model";

type Spec = Omit<ModelSpec, "tasks">;

const vit = { backbone: "micro-vit", backboneSettings: { depths: [1, 1], width: 8 } } as const satisfies Partial<Spec>;
const swin = {
  backbone: "micro",
  backboneSettings: { depths: [2, 1], embed: 4, window: 2 },
} as const satisfies Partial<Spec>;

export const tokenSteps: readonly (readonly [string, Spec])[] = [
  ["a ViT, all of it", { ...vit, method: { id: "full" } }],
  ["a ViT, task streams by DiTASK", { ...vit, method: { id: "ditask", settings: { sharedCells: 6, taskCells: 4 } } }],
  ["a ViT, deep prompts", { ...vit, method: { id: "vpt", settings: { depth: "deep", tokens: 3 } } }],
  ["a Swin, deep prompts", { ...swin, method: { id: "vpt", settings: { depth: "deep", tokens: 3 } } }],
  ["a Swin, shallow prompts", { ...swin, method: { id: "vpt", settings: { depth: "shallow", tokens: 5 } } }],
];
