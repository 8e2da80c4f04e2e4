import { type ReactNode, useRef } from "react";
import { Lazy, lazyPart } from "../parts/Lazy";
import styles from "./charts.module.css";
import type { LineFigureProps } from "./LineFigure";
import { NumbersTable } from "./NumbersTable";
import { SaveFigure } from "./SaveFigure";

export type { Curve, Flag, Row } from "./curve";

const lineFigure = lazyPart("This chart", () => import("./LineFigure"));

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
      <Lazy
        part={lineFigure}
        given={figure}
        fallback={<div className={styles.placeholder} style={{ height: figure.height }} />}
      />
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
