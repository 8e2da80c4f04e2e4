/**
 * Two equal ways to compute y = x W'ᵀ with W'_k = U_k diag(s'_k) V_kᵀ for each part k of a site's rows:
 *   factored  y_k = ((x V_k) * s'_k) U_kᵀ     x V is shared by all streams that start from one input
 *   merged    y = x W'ᵀ                       W' is rebuilt from s' at every step
 * Letters: S streams of the output, S0 of the input (1 or S), B batch, L tokens, k parts, m rows of a part, n columns, p = min(m,n).
 */
import type { Value } from "../graph/node";
import type { Forward } from "../nn/forward";
import { type LinearSite, streamCount } from "../nn/site";
import type { Spectrum } from "../nn/weights";

export type Evaluation = "factored" | "merged";

const sizes = (site: LinearSite) => {
  const m = site.outSize / site.parts;
  return { m, n: site.inSize, p: Math.min(m, site.inSize), parts: site.parts };
};

/** x: [S0,B,L,n], sigmas: [S,k,p] → [S,B,L,k*m]. */
export function factoredLinear(f: Forward, site: LinearSite, { u, v }: Spectrum, x: Value, sigmas: Value): Value {
  const { b } = f;
  const { m, n, p, parts } = sizes(site);
  const [inputs, batch, tokens] = x.shape as [number, number, number];
  const streams = sigmas.shape[0]!;
  if (parts === 1) {
    const z = b.matmul(x, b.constant(v, [n, p], `${site.name}.V`));
    const scaled = b.mul(z, b.reshape(sigmas, [streams, 1, 1, p]));
    return b.matmul(scaled, b.constant(u, [m, p], `${site.name}.U`), false, true);
  }
  const flat = b.reshape(x, [inputs * batch * tokens, n]);
  const z = b.matmul(flat, b.constant(v, [parts, n, p], `${site.name}.V`));
  const scaled = b.mul(
    b.reshape(z, [parts, inputs, batch * tokens, p]),
    b.reshape(b.transpose(sigmas, [1, 0, 2]), [parts, streams, 1, p]),
  );
  const y = b.matmul(
    b.reshape(scaled, [parts, streams * batch * tokens, p]),
    b.constant(u, [parts, m, p], `${site.name}.U`),
    false,
    true,
  );
  return b.reshape(b.transpose(y, [1, 0, 2]), [streams, batch, tokens, parts * m]);
}

/** x: [S0,B,L,n], sigmas: [S,k,p] with S = 1 or k = 1 → [S,B,L,k*m]. */
export function mergedLinear(f: Forward, site: LinearSite, { u, v }: Spectrum, x: Value, sigmas: Value): Value {
  const { b } = f;
  const { m, n, p, parts } = sizes(site);
  const [inputs, batch, tokens] = x.shape as [number, number, number];
  const streams = sigmas.shape[0]!;
  const copies = streams * parts;
  // With one stream the leading axis of W' counts parts, else streams; U and V without a leading axis serve all streams.
  const lead = parts === 1 ? [] : [parts];
  const scaledU = b.mul(b.constant(u, [...lead, m, p], `${site.name}.U`), b.reshape(sigmas, [copies, 1, p]));
  const w = b.matmul(scaledU, b.constant(v, [...lead, n, p], `${site.name}.V`), false, true);
  if (streams === 1) return b.matmul(x, b.reshape(w, [parts * m, n]), false, true);
  const rows = inputs === 1 ? [batch * tokens, n] : [inputs, batch * tokens, n];
  const y = b.matmul(b.reshape(x, rows), b.reshape(w, [streams, m, n]), false, true);
  return b.reshape(y, [streams, batch, tokens, m]);
}

/** Operations of one pass, a multiply-add counted as two; training adds the gradients of x and of the singular values. */
export function evaluationFlops(
  site: LinearSite,
  { batch, training }: { batch: number; training: boolean },
): Readonly<Record<Evaluation, number>> {
  const { m, n, p, parts } = sizes(site);
  const streams = streamCount(site.output);
  const rowsIn = streamCount(site.input) * batch * site.tokens;
  const rowsOut = streams * batch * site.tokens;
  const factored = parts * 2 * (rowsIn * n * p + rowsOut * m * p);
  const rebuild = streams * parts * 2 * m * n * p;
  const product = 2 * rowsOut * n * m * parts;
  return {
    // Backward: each of the two products once more (the gradient of s' is a sum over rows).
    factored: training ? 2 * factored : factored,
    // Backward: dx and dW' are products of the forward's size, dW' V has the size of the rebuilding.
    merged: training ? 2 * rebuild + 3 * product : rebuild + product,
  };
}

/** The way with fewer operations. */
export function cheaperEvaluation(site: LinearSite, options: { batch: number; training: boolean }): Evaluation {
  const flops = evaluationFlops(site, options);
  return flops.factored <= flops.merged ? "factored" : "merged";
}
