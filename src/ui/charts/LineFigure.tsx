/** Curves over a common x, drawn by Recharts; loaded when the first chart is shown. */
import { memo } from "react";
import {
  Area,
  CartesianGrid,
  ComposedChart,
  Line,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  type TooltipContentProps,
  XAxis,
  YAxis,
} from "recharts";
import type { Axis } from "../../core/math/axis";
import { formatTick } from "../../figures/format";
import { formatNumber } from "../parts/format";
import styles from "./charts.module.css";
import type { Curve, Flag, Row } from "./curve";
import { EndLabels } from "./EndLabels";

export interface LineFigureProps {
  readonly rows: readonly Row[];
  readonly curves: readonly Curve[];
  readonly x: Axis;
  readonly y: Axis;
  readonly height: number;
  readonly label: string;
  readonly xName: string;
  readonly logarithmic?: boolean;
  /** Places on x that need attention. */
  readonly marks?: readonly number[];
  /** Changes on the way, told where they happened. */
  readonly flags?: readonly Flag[];
  /** Charts with one id share their cursor. */
  readonly sync?: string;
  readonly formatX?: (x: number) => string;
  /** Draws over places where a curve has no value: curves are measured at places of their own. */
  readonly joined?: boolean;
  /** Names the curves at their right ends; otherwise a legend elsewhere does. */
  readonly named?: boolean;
}

const tickStyle = { fill: "var(--muted)", fontSize: 12 } as const;
const margin = { top: 6, right: 8, bottom: 0, left: 0 } as const;
const X_AXIS_HEIGHT = 20;

function Readout({
  active,
  payload,
  label,
  names,
  title,
}: Partial<TooltipContentProps<number, string>> & {
  readonly names: ReadonlyMap<string, Curve>;
  readonly title: (x: number) => string;
}) {
  if (!active || !payload?.length) return null;
  return (
    <div className={styles.readout}>
      <div className={styles.readoutTitle}>{title(Number(label))}</div>
      {payload.map((item) => {
        const curve = names.get(String(item.dataKey));
        if (!curve || curve.ghost || typeof item.value !== "number") return null;
        return (
          <div key={curve.key} className={styles.readoutLine}>
            <span className={styles.stroke} style={{ background: curve.colour }} />
            <span>{curve.label}</span>
            <b>{formatNumber(item.value)}</b>
          </div>
        );
      })}
    </div>
  );
}

function bandOf(row: Row, [low, high]: readonly [string, string]): [number, number] | undefined {
  const [from, to] = [row[low], row[high]];
  return typeof from === "number" && typeof to === "number" ? [from, to] : undefined;
}

function LineFigure(props: LineFigureProps) {
  const { rows, curves, x, y, height, label, xName, logarithmic = false, marks = [], flags = [], sync } = props;
  const formatX = props.formatX ?? ((value: number) => `${xName} ${formatTick(value)}`);
  const names = new Map(curves.map((curve) => [curve.key, curve]));
  return (
    <figure className={`${styles.figure} ${props.named ? styles.named : ""}`} aria-label={label}>
      {props.named && (
        <EndLabels
          rows={rows}
          curves={curves}
          domain={y.domain}
          logarithmic={logarithmic}
          top={margin.top}
          height={height - margin.top - X_AXIS_HEIGHT}
        />
      )}
      <ResponsiveContainer width="100%" height={height} debounce={60}>
        <ComposedChart
          data={rows as Row[]}
          margin={margin}
          role="img"
          aria-label={label}
          {...(sync ? { syncId: sync, syncMethod: "value" as const } : {})}
        >
          <CartesianGrid stroke="var(--grid)" />
          <XAxis
            dataKey="x"
            type="number"
            domain={[...x.domain]}
            ticks={[...x.ticks]}
            tickFormatter={formatTick}
            tick={tickStyle}
            stroke="var(--line-strong)"
            tickSize={4}
            height={X_AXIS_HEIGHT}
            allowDataOverflow
          />
          <YAxis
            type="number"
            scale={logarithmic ? "log" : "linear"}
            domain={[...y.domain]}
            ticks={[...y.ticks]}
            tickFormatter={formatTick}
            tick={tickStyle}
            stroke="var(--line-strong)"
            tickSize={4}
            width={40}
            allowDataOverflow
            interval={0}
          />
          {marks.map((mark) => (
            <ReferenceLine
              key={mark}
              x={mark}
              stroke="var(--bad)"
              strokeWidth={1.5}
              label={{ value: "▲", fill: "var(--bad)", position: "insideBottom", fontSize: 12 }}
            />
          ))}
          {flags.map(({ x: at, label: text }, i) => (
            <ReferenceLine
              key={`${at} ${text}`}
              x={at}
              stroke="var(--warn)"
              strokeDasharray="4 3"
              label={{
                value: `⚑ ${text}`,
                fill: "var(--warn)",
                // Inside of the chart, wherever the flag stands.
                position: at > (x.domain[0] + x.domain[1]) / 2 ? "insideTopRight" : "insideTopLeft",
                fontSize: 12,
                dy: 14 * (i % 4),
              }}
            />
          ))}
          <Tooltip
            content={<Readout names={names} title={formatX} />}
            isAnimationActive={false}
            cursor={{ stroke: "var(--muted)", strokeDasharray: "2 2" }}
          />
          {curves.map(({ key, colour, band }) =>
            band ? (
              <Area
                key={`${key} band`}
                dataKey={(row: Row) => bandOf(row, band)}
                type="linear"
                stroke="none"
                fill={colour}
                fillOpacity={0.16}
                activeDot={false}
                tooltipType="none"
                isAnimationActive={false}
              />
            ) : null,
          )}
          {curves.map((curve) => (
            <Line
              key={curve.key}
              dataKey={curve.key}
              name={curve.label}
              type="linear"
              stroke={curve.colour}
              strokeWidth={curve.width ?? 1.6}
              strokeOpacity={curve.opacity ?? 1}
              {...(curve.dash ? { strokeDasharray: curve.dash } : {})}
              connectNulls={props.joined ?? false}
              dot={rows.length === 1}
              activeDot={curve.ghost ? false : { r: 2.5, strokeWidth: 0 }}
              isAnimationActive={false}
            />
          ))}
        </ComposedChart>
      </ResponsiveContainer>
    </figure>
  );
}

export default memo(LineFigure);
