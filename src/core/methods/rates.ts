/**
 * Default peak learning rates of methods: middles of the sweeps of docs/comparison.md, set after a first sweep of 100 steps, judged on its
 * choosing images. Where all of patch merging moves, 1e-3 was too much and 3e-4 was not. Weights that all move need smaller steps than
 * norms and biases.
 */
export const fullRates = { backbone: 3e-4 } as const;
export const biasRates = { backbone: 3e-3 } as const;
export const shiftRates = { method: 0.03, ...fullRates } as const;
export const lowRankRates = { method: 3e-3 } as const;
export const moduleRates = { method: 3e-3, ...biasRates } as const;
export const tokenRates = { method: 0.01 } as const;
