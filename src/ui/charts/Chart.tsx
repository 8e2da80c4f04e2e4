import { lazy, type ReactNode, Suspense, useRef } from "react";
import styles from "./charts.module.css";
import type { LineFigureProps } from "./LineFigure";
import { NumbersTable } from "./NumbersTable";
import { SaveFigure } from "./SaveFigure";

export type { Curve, Flag, Row } from "./curve";

const LineFigure = lazy(() => import("./LineFigure"));

interface Props extends LineFigureProps {
  /** One sentence that says what the curves show; stands above the table of numbers. */
  readonly summary: string;
  readonly caption?: ReactNode;
}

/** Curves with a caption, a sentence, a table of their numbers, and a way to take them along. */
export function Chart({ summary, caption, ...figure }: Props) {
  const around = useRef<HTMLDivElement>(null);
  return (
    <div ref={around}>
      <Suspense fallback={<div className={styles.placeholder} style={{ height: figure.height }} />}>
        <LineFigure {...figure} />
      </Suspense>
      <NumbersTable
        rows={figure.rows}
        curves={figure.curves}
        xName={figure.xName}
        summary={summary}
        caption={caption}
        save={<SaveFigure around={around} figure={figure} />}
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
