/** The line on trained parameters that users of Hugging Face PEFT know. */
import type { ParameterGroup } from "./runEvent";

const withCommas = (count: number): string => count.toLocaleString("en-US");

/** As `print_trainable_parameters` of PEFT prints it; a model without parameters trains 0 % of them. */
export function trainableLine(groups: readonly Pick<ParameterGroup, "trained" | "total">[]): string {
  const trained = groups.reduce((sum, group) => sum + group.trained, 0);
  const total = groups.reduce((sum, group) => sum + group.total, 0);
  const percent = total === 0 ? 0 : (100 * trained) / total;
  return `trainable params: ${withCommas(trained)} || all params: ${withCommas(total)} || trainable%: ${percent.toFixed(4)}`;
}
