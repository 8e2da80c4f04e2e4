import { lazy, type ReactNode, Suspense } from "react";
import styles from "./charts.module.css";
import type { LineFigureProps } from "./LineFigure";
import { NumbersTable } from "./NumbersTable";

export type { Curve, Row } from "./LineFigure";

const LineFigure = lazy(() => import("./LineFigure"));

interface Props extends LineFigureProps {
  /** One sentence that says what the curves show; stands above the table of numbers. */
  readonly summary: string;
  readonly caption?: ReactNode;
}

/** Curves with a caption, a sentence and a table of their numbers. */
export function Chart({ summary, caption, ...figure }: Props) {
  return (
    <div>
      <Suspense fallback={<div className={styles.placeholder} style={{ height: figure.height }} />}>
        <LineFigure {...figure} />
      </Suspense>
      <NumbersTable
        rows={figure.rows}
        curves={figure.curves}
        xName={figure.xName}
        summary={summary}
        caption={caption}
      />
    </div>
  );
}

/** What stands where a chart will be. */
export function Placeholder({ height, children }: { readonly height: number; readonly children: ReactNode }) {
  return (
    <div className={styles.placeholder} style={{ height }}>
      <span>{children}</span>
    </div>
  );
}
