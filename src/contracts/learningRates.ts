/** Learning rates go with the method. */
import type { LearningRates } from "./runConfig";

/** The rates of a run whose method becomes another one: a rate that stands at the old method's default goes to the new one's. */
export const followRates = (rates: LearningRates, from: LearningRates, to: LearningRates): LearningRates => {
  const follow = (key: keyof LearningRates): number => (rates[key] === from[key] ? to[key] : rates[key]);
  return { method: follow("method"), backbone: follow("backbone"), decoders: follow("decoders") };
};
