/** Update analysis: what a run did to the weights, and whether its tasks pulled the same way. */

/** One adapted weight matrix W' beside the pretrained W, both [m,n], p = min(m,n). Norms and angles are dimensionless or in degrees. */
export interface LayerUpdate {
  /** "layers.0.blocks.1.attn.qkv" */
  readonly site: string;
  /** "q", "k", "v", or "" for a site of one part. */
  readonly part: string;
  /** "shared" or a task. */
  readonly stream: string;
  readonly shape: readonly [number, number];
  /** Singular values of W' - W above the rounding of float32, max(m,n) · 2^-23 · |W|. */
  readonly rank: number;
  /** p: the most that the rank could be. */
  readonly fullRank: number;
  /** exp of the entropy of the update's singular values, each divided by their sum (Roy and Vetterli, EUSIPCO 2007); 0 for no update. */
  readonly effectiveRank: number;
  /** Largest singular values: |W'| / |W| - 1. */
  readonly spectralNormChange: number;
  /** |W'|_F / |W|_F - 1. */
  readonly frobeniusNormChange: number;
  /** |W' - W|_F / |W|_F. */
  readonly relativeUpdate: number;
  /** k: leading singular vectors that hold nine tenths of |W|_F². */
  readonly leading: number;
  /** Largest principal angle, in degrees, between the spans of the k leading left (right) singular vectors of W and of W'. */
  readonly leftAngle: number;
  readonly rightAngle: number;
}

/** Cosines between the gradients of the weighted task losses: [T][T] in the tasks' order; null where a task sends no gradient there. */
export interface GradientCosines {
  /** "all", or the stage or site whose shared parameters they are of. */
  readonly place: string;
  readonly matrix: readonly (readonly (number | null)[])[];
}

export interface UpdateAnalysis {
  readonly step: number;
  readonly tasks: readonly string[];
  readonly updates: readonly LayerUpdate[];
  /** Sites and streams that no single linear map describes, for example bottlenecks. */
  readonly unmerged: readonly string[];
  readonly cosines: readonly GradientCosines[];
}
