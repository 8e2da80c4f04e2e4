/**
 * Multi-head self-attention over any number of tokens, from primitives (Vaswani et al., "Attention Is All You Need", NeurIPS 2017, §3.2).
 * The op windowAttention has kernels of its own but takes square windows only; this serves sequences with extra tokens.
 *
 * Letters: N groups that attend among themselves, T tokens of a group, C channels, h heads, d = C / h.
 */
import type { Builder } from "../graph/builder";
import { showShape, type Value } from "../graph/node";
import { split } from "../ops/split";

export interface AttentionOptions {
  readonly heads: number;
  /** [h,T,T], added to the scores of every group. */
  readonly bias?: Value;
  /** [W,T,T], added to the scores: group n gets mask n mod W. */
  readonly mask?: Value | undefined;
}

/**
 * qkv: [N,T,3C], the last axis queries, keys and values, heads contiguous inside each → [N,T,C].
 * The probabilities [N,h,T,T] are kept for the derivative.
 * @throws where the last axis does not hold three parts of whole heads, or the groups no whole number of masks.
 */
export function attention(b: Builder, qkv: Value, { heads, bias, mask }: AttentionOptions): Value {
  const [groups, tokens, channels3] = qkv.shape as [number, number, number];
  if (channels3 % (3 * heads) !== 0)
    throw new Error(
      `qkv is ${showShape(qkv.shape)}; its last axis must be a multiple of ${3 * heads}: queries, keys and values of ${heads} heads.`,
    );
  const headSize = channels3 / 3 / heads;
  const perHead = b.transpose(b.reshape(qkv, [groups, tokens, 3, heads, headSize]), [2, 0, 3, 1, 4]);
  const [q, k, v] = split(b, perHead, 0, [1, 1, 1]).map((part) =>
    b.reshape(part, [groups, heads, tokens, headSize]),
  ) as [Value, Value, Value];
  // Scaled after the product, where kernels do it on their way out.
  const products = b.mul(b.matmul(q, k, false, true), 1 / Math.sqrt(headSize));
  const biased = bias ? b.add(products, bias) : products;
  const probabilities = b.softmax(mask ? masked(b, biased, mask) : biased);
  const out = b.transpose(b.matmul(probabilities, v), [0, 2, 1, 3]);
  return b.reshape(out, [groups, tokens, channels3 / 3]);
}

/** scores: [N,h,T,T], mask: [W,T,T] → [N,h,T,T]. */
function masked(b: Builder, scores: Value, mask: Value): Value {
  const [groups, heads, tokens] = scores.shape as [number, number, number, number];
  const masks = mask.shape[0]!;
  if (groups % masks !== 0)
    throw new Error(`${groups} groups came with ${masks} masks; the groups must be a multiple of the masks.`);
  const rounds = b.reshape(scores, [groups / masks, masks, heads, tokens, tokens]);
  return b.reshape(b.add(rounds, b.reshape(mask, [1, masks, 1, tokens, tokens])), scores.shape);
}
