import { type KeyboardEvent, useMemo } from "react";
import type { Catalogue } from "../../../contracts/catalogue";
import { streamColour } from "../../parts/colours";
import { useCatalogue } from "../../parts/context";
import { formatNumber } from "../../parts/format";
import { grid, placeOf, type Site, shortColumn, shortRow, type WarpCurves } from "./warpMath";
import styles from "./warps.module.css";

interface Props {
  readonly sites: readonly Site[];
  readonly curves: ReadonlyMap<string, readonly WarpCurves[]>;
  /** Common scale of all cells. */
  readonly moved: number;
  readonly chosen: string;
  readonly hidden: ReadonlySet<string>;
  readonly onChoose: (name: string) => void;
}

/** Every adapted matrix at a glance: phi(x) - x of its streams, all on one scale, and a bar of how far it moved. */
export function WarpAtlas({ sites, curves, moved, chosen, hidden, onChoose }: Props) {
  const catalogue = useCatalogue();
  const { rows, columns } = useMemo(() => {
    const places = sites.map((site) => ({ site, ...placeOf(site.name) }));
    return {
      columns: [...new Set(places.map(({ column }) => column))],
      rows: [...new Set(places.map(({ row }) => row))].map((row) => ({
        row,
        cells: places.filter((place) => place.row === row),
      })),
    };
  }, [sites]);
  return (
    <table className={styles.atlas} aria-label="Adapted matrices and how far their warps moved" onKeyDown={moveFocus}>
      <thead>
        <tr>
          <th scope="col" title="stage.block">
            block
          </th>
          {columns.map((column) => (
            <th key={column} scope="col" title={column}>
              {shortColumn(column)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ row, cells }) => (
          <tr key={row}>
            <th scope="row" title={row}>
              {shortRow(row)}
            </th>
            {columns.map((column) => {
              const cell = cells.find((place) => place.column === column);
              return (
                <td key={column}>
                  {cell && (
                    <Cell
                      site={cell.site}
                      curves={curves.get(cell.site.name) ?? []}
                      scale={Math.max(moved, 0.01)}
                      chosen={cell.site.name === chosen}
                      hidden={hidden}
                      catalogue={catalogue}
                      onChoose={onChoose}
                    />
                  )}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Arrow keys go from cell to cell, as in a grid. */
function moveFocus(event: KeyboardEvent<HTMLTableElement>): void {
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  const cell = (event.target as HTMLElement).closest("td");
  if (!step || !cell) return;
  const [across, down] = step as [number, number];
  const row = (cell.parentElement as HTMLTableRowElement).rowIndex + down;
  const next = event.currentTarget.rows[row]?.cells[cell.cellIndex + across]?.querySelector("button");
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.click();
}

interface CellProps {
  readonly site: Site;
  readonly curves: readonly WarpCurves[];
  readonly scale: number;
  readonly chosen: boolean;
  readonly hidden: ReadonlySet<string>;
  readonly catalogue: Catalogue | null;
  readonly onChoose: (name: string) => void;
}

const WIDTH = 64;
const HEIGHT = 18;

function Cell({ site, curves, scale, chosen, hidden, catalogue, onChoose }: CellProps) {
  const moved = curves.reduce((most, curve) => Math.max(most, curve.moved), 0);
  const text = curves.length > 0 ? `largest |phi(x) - x| ${formatNumber(moved)}` : "not started";
  return (
    <button
      type="button"
      className={styles.cell}
      aria-pressed={chosen}
      aria-label={`${site.name}: ${text}`}
      title={`${site.name}\n${text}`}
      onClick={() => onChoose(site.name)}
    >
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        <line x1={0} x2={WIDTH} y1={HEIGHT / 2} y2={HEIGHT / 2} stroke="var(--line-strong)" strokeWidth={0.5} />
        {curves.map(({ stream, displacement }) =>
          hidden.has(stream) ? null : (
            <polyline
              key={stream}
              points={sparkline(displacement, scale)}
              fill="none"
              stroke={streamColour(catalogue, stream)}
              strokeWidth={1.2}
              vectorEffect="non-scaling-stroke"
            />
          ),
        )}
      </svg>
      <span className={styles.bar}>
        <i style={{ width: `${100 * Math.min(1, moved / scale)}%` }} />
      </span>
    </button>
  );
}

/** Every second point of the grid is enough at this size. */
function sparkline(displacement: Float64Array, scale: number): string {
  const points: string[] = [];
  for (let i = 0; i < grid.length; i += 2) {
    const y = (HEIGHT / 2) * (1 - (0.92 * displacement[i]!) / scale);
    points.push(`${(WIDTH * grid[i]!).toFixed(1)},${y.toFixed(2)}`);
  }
  return points.join(" ");
}
