/** What a chart shows, as plain data. */
import type { Axis } from "../core/math/axis";

export interface Series {
  /** Named in the legend; a series without a label is drawn alone. */
  readonly label?: string;
  /** (x, y) in the order of x. Null is a gap; a number that is not finite is a gap with a mark on the axis. */
  readonly points: readonly (readonly [x: number, y: number | null])[];
  readonly band?: readonly (readonly [x: number, low: number, high: number])[];
  readonly colour?: string;
  readonly dash?: string;
  readonly width?: number;
  readonly opacity?: number;
}

export interface ScatterPoint {
  readonly label: string;
  readonly x: number;
  readonly y: number;
  /** Half of the error bar. */
  readonly error?: number;
  readonly colour?: string;
}

export interface AxisSpec {
  readonly label?: string;
  readonly logarithmic?: boolean;
  /** Ends and ticks; otherwise those of the data. */
  readonly axis?: Axis;
  readonly format?: (tick: number) => string;
  /** Of a logarithmic x: what stands under points at zero, which get a place of their own by it. */
  readonly zero?: string;
}

export interface Theme {
  /** Of text and axes. */
  readonly ink: string;
  /** Of text and axes where the reader's setting is dark. */
  readonly darkInk?: string;
  readonly background?: string;
}

export const themes = {
  /** Follows the reader's light or dark setting. */
  reader: { ink: "#444", darkInk: "#ccc" },
  /** A grey that stands out from white (4.6 to 1) and from black (4.5 to 1) alike, where the setting of the page around is unknown. */
  neutral: { ink: "#767676" },
} as const satisfies Record<string, Theme>;

export interface ChartSpec {
  readonly title?: string;
  /** What the chart shows, for screen readers; otherwise the title. */
  readonly about?: string;
  readonly x: AxisSpec;
  readonly y?: AxisSpec;
  readonly series?: readonly Series[];
  readonly scatter?: readonly ScatterPoint[];
  /** Vertical lines with a label, such as where a setting changed. */
  readonly flags?: readonly { readonly x: number; readonly label: string }[];
  /** Places of x that need attention; otherwise where a series is not finite. */
  readonly marks?: readonly number[];
  readonly width?: number;
  /** Without the legend. */
  readonly height?: number;
  readonly fontSize?: number;
  readonly theme?: Theme;
}
