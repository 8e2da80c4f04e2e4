/** The numbers of an update of a weight that the page shows, with what each says. */
import type { LayerUpdate } from "../../../contracts/updateAnalysis";

export interface AnalysisMeasure {
  readonly id: string;
  readonly label: string;
  readonly unit: string;
  readonly about: string;
  readonly value: (update: LayerUpdate) => number;
  /** Whether its sign matters: shown with one, and coloured by it. */
  readonly signed: boolean;
}

export const analysisMeasures: readonly AnalysisMeasure[] = [
  {
    id: "relative",
    label: "size of the update",
    unit: "% of ‖W‖F",
    about: "How large the update is beside the pretrained weight, by the Frobenius norm.",
    value: ({ relativeUpdate }) => 100 * relativeUpdate,
    signed: false,
  },
  {
    id: "rank",
    label: "rank of the update",
    unit: "% of the most possible",
    about:
      "How many directions the update uses at all: a low-rank method cannot go beyond its rank, a warp of all singular values can.",
    value: ({ rank, fullRank }) => (100 * rank) / fullRank,
    signed: false,
  },
  {
    id: "effective",
    label: "effective rank",
    unit: "% of the most possible",
    about:
      "How many directions carry the update: the entropy of its singular values as a count (Roy and Vetterli, 2007).",
    value: ({ effectiveRank, fullRank }) => (100 * effectiveRank) / fullRank,
    signed: false,
  },
  {
    id: "spectral",
    label: "spectral norm",
    unit: "% change",
    about: "How the largest singular value changed: the most that the layer can stretch its input.",
    value: ({ spectralNormChange }) => 100 * spectralNormChange,
    signed: true,
  },
  {
    id: "frobenius",
    label: "Frobenius norm",
    unit: "% change",
    about: "How the length of all singular values together changed.",
    value: ({ frobeniusNormChange }) => 100 * frobeniusNormChange,
    signed: true,
  },
  {
    id: "angle",
    label: "principal angle",
    unit: "°",
    about:
      "How far the leading singular vectors turned, the larger of left and right: 0° where a method keeps them, as warps do.",
    value: ({ leftAngle, rightAngle }) => Math.max(leftAngle, rightAngle),
    signed: false,
  },
];

/** Blocks as rows ("0.1") and kinds of matrix with their parts as columns ("qkv q"); elsewhere what holds the matrix is the row ("0 downsample"). */
export function placeOf({ site, part }: Pick<LayerUpdate, "site" | "part">): {
  readonly row: string;
  readonly column: string;
} {
  const match = /^(?:backbone\.)?layers\.(\d+)\.blocks\.(\d+)\.(?:attn\.|mlp\.)?(.+)$/.exec(site);
  const [, stage, block, kind] = match ?? [];
  const path = site.replace(/^backbone\./, "").split(".");
  const name = kind ?? path.at(-1)!;
  const row = kind
    ? `${stage}.${block}`
    : path
        .slice(0, -1)
        .join(".")
        .replace(/^layers\.(\d+)\./, "$1 ");
  return { row: row || site, column: part ? `${name} ${part}` : name };
}

/** The numbers of one stream by row and column. */
export interface AnalysisGrid {
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly values: ReadonlyMap<string, number>;
  /** The largest finite size of a value. */
  readonly most: number;
}

export const cellKey = (row: string, column: string): string => `${row} ${column}`;

export function gridOf(updates: readonly LayerUpdate[], stream: string, measure: AnalysisMeasure): AnalysisGrid {
  const own = updates.filter((update) => update.stream === stream);
  const values = new Map<string, number>();
  for (const update of own) {
    const { row, column } = placeOf(update);
    values.set(cellKey(row, column), measure.value(update));
  }
  const most = [...values.values()].reduce(
    (top, value) => (Number.isFinite(value) ? Math.max(top, Math.abs(value)) : top),
    0,
  );
  return {
    rows: [...new Set(own.map((update) => placeOf(update).row))],
    columns: [...new Set(own.map((update) => placeOf(update).column))],
    values,
    most,
  };
}
