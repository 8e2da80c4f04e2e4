import { useState } from "react";
import { extent, linearAxis, logAxis } from "../../../core/math/axis";
import { type Spread, spreadOf } from "../../../store/runs/seedStatistics";
import { spreadApart } from "../../charts/spreadApart";
import controls from "../../parts/controls.module.css";
import { formatCount, formatTick } from "../../parts/format";
import { Panel } from "../../parts/Panel";
import { Segments } from "../../parts/Segments";
import { useWidth } from "../../parts/useWidth";
import { type Bundle, bundlesOf, type RunList } from "./model";
import { signed } from "./RunRow";
import styles from "./runs.module.css";

const counts = [
  { id: "backbone", label: "backbone", help: "What trains in the backbone, the method's own parameters among it" },
  { id: "all", label: "with decoders", help: "All that trains" },
] as const;
type Count = (typeof counts)[number]["id"];

interface Point {
  readonly key: string;
  readonly name: string;
  readonly colour: string;
  readonly parameters: number;
  /** Of the seeds that are ticked. */
  readonly delta: Spread;
}

function pointOf({ key, name, runs }: Bundle, count: Count): readonly Point[] {
  const delta = spreadOf(runs.flatMap((run) => run.delta ?? []));
  const trained = runs.find((run) => run.trained)?.trained;
  const parameters = trained ? trained.backbone + (count === "all" ? trained.decoders : 0) : 0;
  return delta && parameters > 0 ? [{ key, name, colour: runs[0]!.colour, parameters, delta }] : [];
}

/** Δm against trained parameters, of the ticked runs: up and left is better. */
export function TradeOffPanel({ list }: { readonly list: RunList }) {
  const [count, setCount] = useState<Count>("backbone");
  const points = bundlesOf(list.runs.filter(({ ticked }) => ticked)).flatMap((bundle) => pointOf(bundle, count));
  return (
    <Panel
      title="Δm against parameters"
      aside={list.referenceName && `reference: ${list.referenceName}`}
      tools={<Segments label="Parameters" choices={counts} chosen={count} onChoose={setCount} />}
    >
      {points.length > 0 ? (
        <Scatter points={points} />
      ) : (
        <p className={controls.note}>
          {list.referenceName
            ? "Ticked runs appear here when they were evaluated."
            : "Pin a reference run: Δm is the mean relative change of the metrics against it."}
        </p>
      )}
    </Panel>
  );
}

const HEIGHT = 300;
const margin = { top: 14, right: 16, bottom: 40, left: 54 } as const;
const LABEL_HEIGHT = 16;

function Scatter({ points }: { readonly points: readonly Point[] }) {
  const [around, width] = useWidth(560);
  const xAxis = logAxis(extent([points.map(({ parameters }) => parameters)], true) ?? [1, 10]);
  const yAxis = linearAxis(
    extent([[0, ...points.flatMap(({ delta: { mean, sd } }) => [mean - sd, mean + sd])]]) ?? [-1, 1],
  );
  const [left, right] = xAxis.domain.map(Math.log) as [number, number];
  const [low, high] = yAxis.domain;
  const inner = { width: width - margin.left - margin.right, height: HEIGHT - margin.top - margin.bottom };
  const x = (value: number): number => margin.left + (inner.width * (Math.log(value) - left)) / (right - left);
  const y = (value: number): number => margin.top + (inner.height * (high - value)) / (high - low);
  const places = spreadApart(
    points.map(({ delta }) => y(delta.mean)),
    LABEL_HEIGHT,
    margin.top,
    margin.top + inner.height,
  );
  return (
    <div ref={around}>
      <svg width={width} height={HEIGHT} className={styles.scatter} role="img" aria-label={summaryOf(points)}>
        {xAxis.ticks.map((tick) => (
          <g key={tick}>
            <line x1={x(tick)} x2={x(tick)} y1={margin.top} y2={margin.top + inner.height} stroke="var(--grid)" />
            <text x={x(tick)} y={HEIGHT - 22} textAnchor="middle">
              {formatTick(tick)}
            </text>
          </g>
        ))}
        {yAxis.ticks.map((tick) => (
          <g key={tick}>
            <line
              x1={margin.left}
              x2={width - margin.right}
              y1={y(tick)}
              y2={y(tick)}
              stroke={tick === 0 ? "var(--line-strong)" : "var(--grid)"}
            />
            <text x={margin.left - 7} y={y(tick) + 4} textAnchor="end">
              {signed(tick)}
            </text>
          </g>
        ))}
        <text x={margin.left + inner.width / 2} y={HEIGHT - 4} textAnchor="middle">
          trained parameters
        </text>
        <text x={margin.left} y={10}>
          Δm %
        </text>
        {points.map(({ key, name, colour, parameters, delta: { mean, sd } }, i) => {
          const flips = x(parameters) > margin.left + 0.62 * inner.width;
          return (
            <g key={key}>
              {sd > 0 && (
                <line
                  x1={x(parameters)}
                  x2={x(parameters)}
                  y1={y(mean - sd)}
                  y2={y(mean + sd)}
                  stroke={colour}
                  strokeWidth={2}
                />
              )}
              <circle cx={x(parameters)} cy={y(mean)} r={6} fill={colour} stroke="var(--panel)" strokeWidth={1.5} />
              <text
                x={x(parameters) + (flips ? -11 : 11)}
                y={places[i]! + 4}
                textAnchor={flips ? "end" : "start"}
                className={styles.pointName}
              >
                {name}
              </text>
            </g>
          );
        })}
      </svg>
    </div>
  );
}

const summaryOf = (points: readonly Point[]): string =>
  `Δm by trained parameters: ${points
    .map(({ name, parameters, delta }) => `${name} ${signed(delta.mean)} % with ${formatCount(parameters)}`)
    .join("; ")}.`;
