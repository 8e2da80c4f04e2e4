/** Measures what a run did to each adapted weight: its decompositions run in the pool that decomposes backbones. */
import type { LayerUpdate, UpdateAnalysis } from "../../contracts/updateAnalysis";
import { spectrumUpdate, type WeightUpdate, weightUpdate } from "../../core/math/weightUpdate";
import type { Model } from "../../core/model/model";
import { type LinearSite, streamCount } from "../../core/nn/site";
import type { Weights } from "../../core/nn/weights";
import type { NamedMatrix, SvdPool } from "../workers/svd/svdPool";

/** One part of one site as one stream sees it, before and after. */
interface Pair {
  readonly site: LinearSite;
  readonly part: number;
  readonly stream: string;
  readonly rows: number;
  readonly base: Float32Array;
  readonly adapted: Float32Array;
}

/** The streams that a site computes; a site that keeps none of its own carries the shared one. */
const streamsOf = ({ output }: LinearSite): readonly string[] =>
  streamCount(output) === 0 ? [] : [...(output.shared ? ["shared"] : []), ...output.tasks];

const partName = ({ parts }: LinearSite, part: number): string => (parts === 3 ? "qkv"[part]! : "");

/** base: the weight [out,in] of each site before training. */
export async function measureUpdates(
  model: Model,
  weights: Weights,
  base: (site: LinearSite) => Float32Array,
  pool: SvdPool,
): Promise<Pick<UpdateAnalysis, "updates" | "unmerged">> {
  const exact: LayerUpdate[] = [];
  const pairs: Pair[] = [];
  const unmerged: string[] = [];
  for (const site of model.backbone.sites)
    for (const stream of streamsOf(site)) {
      const values = model.method.spectrum?.(weights, site, stream);
      const merged = values ? undefined : model.method.merged(weights, site, stream);
      if (values) exact.push(...spectralEvidence(site, stream, weights.spectra.get(site.name)!.s, values));
      else if (merged) pairs.push(...changedParts(site, stream, base(site), merged.weight));
      else unmerged.push(`${shortName(site)} (${stream})`);
    }
  return { updates: [...exact, ...(await decomposed(pairs, pool))], unmerged };
}

const shortName = ({ name }: LinearSite): string => name.replace(/^backbone\./, "");

function row(site: LinearSite, part: number, stream: string, update: WeightUpdate): LayerUpdate {
  const shape = [site.outSize / site.parts, site.inSize] as const;
  const place = { site: shortName(site), part: partName(site, part), stream, shape };
  return { ...place, fullRank: Math.min(...shape), ...update };
}

/** s and values: [parts,p]. */
function spectralEvidence(site: LinearSite, stream: string, s: Float32Array, values: Float64Array): LayerUpdate[] {
  const p = s.length / site.parts;
  const longSide = Math.max(site.outSize / site.parts, site.inSize);
  return Array.from({ length: site.parts }, (_, part) => {
    const [from, to] = [part * p, (part + 1) * p];
    return row(site, part, stream, spectrumUpdate(s.subarray(from, to), values.subarray(from, to), longSide));
  });
}

function changedParts(site: LinearSite, stream: string, base: Float32Array, adapted: Float32Array): Pair[] {
  const rows = site.outSize / site.parts;
  const size = rows * site.inSize;
  return Array.from({ length: site.parts }, (_, part) => {
    const cut = (all: Float32Array) => all.slice(part * size, (part + 1) * size);
    return { site, part, stream, rows, base: cut(base), adapted: cut(adapted) };
  });
}

async function decomposed(pairs: readonly Pair[], pool: SvdPool): Promise<LayerUpdate[]> {
  const changed = pairs.filter(({ base, adapted }) => base.some((x, i) => x !== adapted[i]));
  const key = ({ site, part, stream }: Pair, what: string): string => `${site.name}#${part}#${stream}#${what}`;
  const matrices = changed.flatMap((pair): NamedMatrix[] => {
    const { rows, base, adapted, site } = pair;
    const cols = site.inSize;
    const update = adapted.map((x, i) => x - base[i]!);
    return [
      { name: key({ ...pair, stream: "" }, "base"), weight: base, rows, cols },
      { name: key(pair, "adapted"), weight: adapted, rows, cols, transient: true },
      { name: key(pair, "update"), weight: update, rows, cols, transient: true },
    ];
  });
  const unique = [...new Map(matrices.map((matrix) => [matrix.name, matrix])).values()];
  const found = unique.length > 0 ? await pool.decompose(unique) : new Map();
  return pairs.map((pair) => {
    const base = found.get(key({ ...pair, stream: "" }, "base"));
    const adapted = found.get(key(pair, "adapted"));
    if (!base || !adapted) return row(pair.site, pair.part, pair.stream, untouched(pair));
    const updateValues = found.get(key(pair, "update"))!.s;
    return row(
      pair.site,
      pair.part,
      pair.stream,
      weightUpdate({ base, adapted, updateValues }, pair.rows, pair.site.inSize),
    );
  });
}

/** A weight that training left as it was. */
const untouched = ({ rows, site }: Pair): WeightUpdate => ({
  rank: 0,
  effectiveRank: 0,
  spectralNormChange: 0,
  frobeniusNormChange: 0,
  relativeUpdate: 0,
  leading: Math.min(rows, site.inSize),
  leftAngle: 0,
  rightAngle: 0,
});
