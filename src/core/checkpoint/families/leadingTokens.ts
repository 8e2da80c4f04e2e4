/**
 * What a file's ViT has before the patches' tokens: the class token, DeiT's distillation token, registers. Beside the class token they
 * are all learned tokens without a place on the map, so here they are registers, each with its position, if it has one, added to it.
 */
import type { VitNames } from "../nameTables/vit";
import type { Glimpse } from "../shapes";

/** Names of the tokens beside the class token, in their order. */
export const extraTokens = (table: VitNames, file: Glimpse): readonly string[] =>
  [table.distillation, table.registers].filter((name) => file.shape(name) !== undefined);

/** How many tokens stand between the class token and the patches. @throws where one is no [1,count,C]. */
export const countExtra = (table: VitNames, file: Glimpse): number =>
  extraTokens(table, file).reduce((sum, name) => sum + file.need(name, 3)[1]!, 0);

/**
 * Rows of positions before the map's, of `rows` in all: of all leading tokens, of the class token alone, or none. Undefined where no
 * square is left.
 */
export function leadingRows(table: VitNames, file: Glimpse, rows: number): number | undefined {
  return [1 + countExtra(table, file), 1, 0].find((leading) => {
    const side = Math.sqrt(rows - leading);
    return Number.isInteger(side) && side > 0;
  });
}
