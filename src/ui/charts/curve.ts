/** What a chart of curves draws. */

/** One x with the value of every curve there; null is a gap. */
export type Row = Readonly<Record<string, number | null>>;

export interface Curve {
  readonly key: string;
  readonly label: string;
  readonly colour: string;
  readonly dash?: string;
  readonly width?: number;
  readonly opacity?: number;
  /** A ghost is drawn but not named when the pointer is over the chart. */
  readonly ghost?: boolean;
  /** Keys of the lower and the upper end of a band around it. */
  readonly band?: readonly [low: string, high: string];
}

/** What happened at a place on x. */
export interface Flag {
  readonly x: number;
  readonly label: string;
}
